namespace RocketAspire.Server;

/// <summary>How the process ends.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something went wrong that the settings alone don't explain: a taken port, a locked store, a disk.</summary>
    public const int Runtime = 1;

    /// <summary>The command line or a settings file is wrong.</summary>
    public const int Configuration = 2;
}

/// <summary>Ends the process with one line on stderr.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
