using Microsoft.Extensions.Logging;

namespace RocketAspire.Hosting;

internal static partial class Log
{
    [LoggerMessage(Message = "{Line}")]
    public static partial void NodeLine(ILogger logger, LogLevel level, string line);
}
