namespace OfflineAspire;

internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Reason}")]
    public static partial void WaitFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Line}")]
    public static partial void ResourceLine(ILogger logger, string line);

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "{Reason}")]
    public static partial void FailedToStart(ILogger logger, string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "Started process {ProcessId} for resource '{Resource}'.")]
    public static partial void Started(ILogger logger, string resource, int processId);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "Resource '{Resource}' ended: {How}.")]
    public static partial void Ended(ILogger logger, string resource, string how);

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "Resource '{Resource}' is ready.")]
    public static partial void Ready(ILogger logger, string resource);

    [LoggerMessage(EventId = 7, Level = LogLevel.Error, Message = "A handler of the event '{Event}' of resource '{Resource}' failed.")]
    public static partial void HandlerFailed(ILogger logger, string @event, string resource, Exception exception);

    [LoggerMessage(EventId = 8, Level = LogLevel.Information, Message = "Stopping resource '{Resource}'.")]
    public static partial void Stopping(ILogger logger, string resource);

    [LoggerMessage(EventId = 9, Level = LogLevel.Warning, Message = "The value of parameter '{Parameter}' is missing: {Reason}")]
    public static partial void ParameterMissing(ILogger logger, string parameter, string reason);

    [LoggerMessage(EventId = 10, Level = LogLevel.Error, Message = "The URLs of resource '{Resource}' can't be worked out.")]
    public static partial void UrlsFailed(ILogger logger, string resource, Exception exception);
}
