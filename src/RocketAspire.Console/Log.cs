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

    [LoggerMessage(EventId = 20, Level = LogLevel.Information, Message = "{User} signed in from {Address}")]
    public static partial void LoggedIn(ILogger logger, string user, string address);

    [LoggerMessage(EventId = 21, Level = LogLevel.Warning, Message = "A wrong name or password came from {Address}")]
    public static partial void LoginRefused(ILogger logger, string address);

    [LoggerMessage(EventId = 22, Level = LogLevel.Information, Message = "{Path} names {Users} users now")]
    public static partial void UsersRead(ILogger logger, string path, int users);

    [LoggerMessage(EventId = 23, Level = LogLevel.Warning, Message = "The file of users can't be read; who was in it before stays: {Reason}")]
    public static partial void UsersWrong(ILogger logger, string reason);

    [LoggerMessage(EventId = 24, Level = LogLevel.Warning, Message = "History isn't kept: {Reason}")]
    public static partial void HistoryNotKept(ILogger logger, string reason);

    [LoggerMessage(EventId = 25, Level = LogLevel.Warning, Message = "History of {Path} can't be read, it begins anew: {Reason}")]
    public static partial void HistoryDamaged(ILogger logger, string path, string reason);
}
