using Microsoft.Extensions.Logging;

namespace RocketAspire.Remoting;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Request {Code} from {Peer} failed: {Reason}")]
    public static partial void ProcessorFailed(ILogger logger, int code, string peer, string reason, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Closing {Peer}: {Reason}")]
    public static partial void ClosingForCause(ILogger logger, string peer, string reason);

    [LoggerMessage(3, LogLevel.Debug, "Connection {Peer} closed: {Reason}")]
    public static partial void Closed(ILogger logger, string peer, string reason);

    [LoggerMessage(4, LogLevel.Information, "Listening on {Endpoint}")]
    public static partial void Listening(ILogger logger, string endpoint);

    [LoggerMessage(5, LogLevel.Error, "Accepting on {Endpoint} failed: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string endpoint, string reason);

    [LoggerMessage(6, LogLevel.Error, "A handler of a closed connection {Peer} failed")]
    public static partial void ClosedHandlerFailed(ILogger logger, string peer, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "A header from {Peer} can't be read: {Reason}")]
    public static partial void BadHeader(ILogger logger, string peer, string reason);

    [LoggerMessage(8, LogLevel.Debug, "Connected to {Peer}")]
    public static partial void Connected(ILogger logger, string peer);

    [LoggerMessage(9, LogLevel.Warning, "Request {Code} from {Peer} is refused: {Reason}")]
    public static partial void Refused(ILogger logger, int code, string peer, string reason);

    [LoggerMessage(10, LogLevel.Information, "The certificate in {Path} is in force")]
    public static partial void CertificateLoaded(ILogger logger, string path);

    [LoggerMessage(11, LogLevel.Error, "A changed certificate can't be used, the one before stays in force: {Reason}")]
    public static partial void CertificateBroken(ILogger logger, string reason);
}
