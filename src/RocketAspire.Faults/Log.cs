using Microsoft.Extensions.Logging;

namespace RocketAspire.Faults;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Fault control listens on {Path}")]
    public static partial void Listening(ILogger logger, string path);

    [LoggerMessage(2, LogLevel.Warning, "Fault control: {Line} gave {Answer}")]
    public static partial void Command(ILogger logger, string line, string answer);
}
