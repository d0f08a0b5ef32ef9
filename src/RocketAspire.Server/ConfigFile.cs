using RocketAspire.Protocol.Config;

namespace RocketAspire.Server;

/// <summary>Reads a settings file given by -c.</summary>
internal static class ConfigFile
{
    // A settings file is a few hundred lines; anything larger is the wrong file.
    private const int MaxBytes = 1024 * 1024;

    /// <exception cref="CommandException">The file isn't there or can't be read.</exception>
    public static PropertiesFile Read(string command, string? path)
    {
        if (path is null) return PropertiesFile.Empty;
        try
        {
            if (Directory.Exists(path)) throw new CommandException(ExitCode.Configuration, $"{command}: {path} is a folder, not a settings file");
            if (!File.Exists(path)) throw new CommandException(ExitCode.Configuration, $"{command}: there is no settings file {path}");
            if (new FileInfo(path).Length > MaxBytes) throw new CommandException(ExitCode.Configuration, $"{command}: {path} is larger than {MaxBytes} bytes, so no settings file");
            return PropertiesFile.Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Configuration, $"{command}: the settings file {path} can't be read: {e.Message}");
        }
    }

    /// <exception cref="CommandException">With the first error and how many more there are.</exception>
    public static void ThrowOnErrors(string command, string? path, IReadOnlyList<ConfProblem> problems)
    {
        ConfProblem? first = null;
        var more = -1;
        foreach (var problem in problems)
        {
            if (problem.Severity != ConfSeverity.Error) continue;
            first ??= problem;
            more++;
        }

        if (first is null) return;
        var rest = more > 0 ? $" (and {more} more)" : "";
        throw new CommandException(ExitCode.Configuration, $"{command}: {path}: {first}{rest}");
    }

    /// <summary>One "key=value" a line, sorted.</summary>
    public static void Print(IEnumerable<KeyValuePair<string, string>> settings)
    {
        foreach (var (key, value) in settings) Console.Out.WriteLine($"{key}={value}");
    }
}
