namespace RocketAspire.Console;

internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The cluster can't be asked: {Reason}")]
    public static partial void ClusterUnavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "The cluster answers again")]
    public static partial void ClusterAvailable(ILogger logger);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Change}")]
    public static partial void Changed(ILogger logger, string change);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "Polling failed")]
    public static partial void PollFailed(ILogger logger, Exception exception);
}
