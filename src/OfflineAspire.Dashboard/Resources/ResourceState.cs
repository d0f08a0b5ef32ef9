using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using OfflineAspire.ResourceProtocol;

namespace OfflineAspire.Dashboard.Resources;

/// <summary>How a resource is, for its colour.</summary>
public enum Condition
{
    /// <summary>It doesn't run, and isn't meant to.</summary>
    Idle,
    Good,
    Busy,
    Bad,
}

/// <summary>One resource as the AppHost told of it last.</summary>
public sealed record ResourceState
{
    private const string Running = "Running";

    private ResourceState(Resource message) => Message = message;

    public Resource Message { get; }

    /// <summary>Unique: the name and a suffix.</summary>
    public string Id => Message.Name;

    public string Name => Message.DisplayName.Length > 0 ? Message.DisplayName : Message.Name;

    public string Type => Message.ResourceType;

    public string State => Message.State;

    public string? ParentId { get; private init; }

    public string? ExitCode { get; private init; }

    public string? ProcessId { get; private init; }

    /// <summary>Null unless it runs.</summary>
    public HealthStatus? Health { get; private init; }

    public DateTimeOffset? StartedAt => Message.StartedAt?.ToDateTimeOffset();

    public IEnumerable<Url> Links => Message.Urls.Where(static u => !u.IsInternal && !u.IsInactive).OrderByDescending(static u => u.DisplayProperties?.SortOrder ?? 0);

    public IEnumerable<ResourceCommand> Commands => Message.Commands.Where(static c => c.State != ResourceCommandState.Hidden);

    public Condition Condition => State switch
    {
        Running => Health is HealthStatus.Healthy ? Condition.Good : Condition.Bad,
        "FailedToStart" or "RuntimeUnhealthy" or "Value missing" => Condition.Bad,
        "Exited" => Message.StateStyle == "error" || ExitCode is not (null or "0") && Message.StateStyle != "info" ? Condition.Bad : Condition.Idle,
        "Starting" or "Stopping" or "Waiting" => Condition.Busy,
        "Active" => Condition.Good,
        _ => Condition.Idle,
    };

    public static ResourceState Of(Resource message) => new(message)
    {
        ParentId = Property(message, "resource.parentName"),
        ExitCode = Property(message, "resource.exitCode"),
        ProcessId = Property(message, "executable.pid"),
        Health = message.State != Running ? null : message.HealthReports.Count == 0 ? HealthStatus.Healthy : Worst(message),
    };

    /// <summary>A value as people read it: lists with spaces between.</summary>
    public static string Show(Value? value) => value?.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.NumberValue => value.NumberValue.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.ListValue => string.Join(' ', value.ListValue.Values.Select(Show)),
        Value.KindOneofCase.StructValue => value.StructValue.ToString(),
        _ => "",
    };

    private static string? Property(Resource message, string name) =>
        message.Properties.LastOrDefault(p => p.Name == name)?.Value is { } value && Show(value) is { Length: > 0 } text ? text : null;

    private static HealthStatus Worst(Resource message) =>
        message.HealthReports.Any(static r => !r.HasStatus || r.Status == HealthStatus.Unhealthy) ? HealthStatus.Unhealthy
            : message.HealthReports.Any(static r => r.Status == HealthStatus.Degraded) ? HealthStatus.Degraded
            : HealthStatus.Healthy;
}
