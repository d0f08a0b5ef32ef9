namespace OfflineAspire.Dashboard;

internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The AppHost at {Url} doesn't answer: {Reason}")]
    public static partial void NoAppHost(ILogger logger, Uri url, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Telemetry was refused: {Reason}")]
    public static partial void TelemetryRefused(ILogger logger, string reason);
}
