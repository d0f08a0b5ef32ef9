using System.Collections.Concurrent;

namespace OfflineAspire.Dashboard.Telemetry;

/// <summary>What was received, as far as it is kept, and who sent it.</summary>
public sealed class TelemetryStore(DashboardOptions options)
{
    private const int MostSources = 1_000;

    private readonly ConcurrentDictionary<TelemetrySource, TelemetrySource> _sources = new();

    /// <summary>Raised on any thread when something came in.</summary>
    public event Action? Changed;

    public TelemetryLimits Limits => options.Limits;

    public LogStore Logs { get; } = new(options.Limits);

    public TraceStore Traces { get; } = new(options.Limits);

    public MetricStore Metrics { get; } = new(options.Limits);

    /// <summary>By service and instance.</summary>
    public IReadOnlyList<TelemetrySource> Sources => [.. _sources.Keys.OrderBy(static s => s.Service, StringComparer.OrdinalIgnoreCase).ThenBy(static s => s.Instance, StringComparer.Ordinal)];

    /// <summary>The one with these names; null when there are more of them than anybody has services.</summary>
    public TelemetrySource? SourceOf(string service, string instance)
    {
        var source = new TelemetrySource(service, instance);
        return _sources.TryGetValue(source, out var known) ? known : _sources.Count < MostSources ? _sources.GetOrAdd(source, source) : null;
    }

    /// <summary>The service's name, and its instance too where there are several.</summary>
    public string NameOf(TelemetrySource source) => _sources.Keys.Count(s => s.Service == source.Service) > 1 ? source.Id : source.Service;

    public void Received() => Changed?.Invoke();

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Logs.Clear();
        Traces.Clear();
        Metrics.Clear();
        _sources.Clear();
        Changed?.Invoke();
    }
}
