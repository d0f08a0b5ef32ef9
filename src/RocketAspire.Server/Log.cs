using Microsoft.Extensions.Logging;

namespace RocketAspire.Server;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{File}: {Problem}")]
    public static partial void Setting(ILogger logger, string file, string problem);

    [LoggerMessage(2, LogLevel.Information, "Told to stop")]
    public static partial void Stopping(ILogger logger);
}
