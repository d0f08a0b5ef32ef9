namespace RocketAspire.Client;

/// <summary>Who watches one producer or consumer: telemetry only while somebody listens, so that the way of a message makes no garbage for nobody.</summary>
internal sealed class ObserverSet
{
    private readonly IReadOnlyList<IClientObserver> _always;
    private readonly IReadOnlyList<IClientObserver> _withTelemetry;

    public ObserverSet(RocketMQEndpointOptions options)
    {
        _always = options.Observers;
        _withTelemetry = (options.DisableTracing, options.DisableMetrics) switch
        {
            (true, true) => _always,
            (true, false) => [.. _always, TelemetryObserver.Metrics],
            (false, true) => [.. _always, TelemetryObserver.Traces],
            _ => [.. _always, TelemetryObserver.Both],
        };
    }

    /// <summary>For one send or delivery, before and after.</summary>
    public IReadOnlyList<IClientObserver> Now => ClientTelemetry.IsListening ? _withTelemetry : _always;
}
