using System.Text;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Server;

/// <summary>Reads a settings file given by -c.</summary>
internal static class ConfigFile
{
    // A settings file is a few hundred lines; anything larger is the wrong file.
    private const int MaxBytes = 1024 * 1024;

    private const string BindToAll = "\n\nbindAddress=0.0.0.0\n";

    /// <summary>As .NET's images tell it. A container's network is a fence of its own, and on its loopback nobody would find the node: all its addresses are listened on, as Apache's does.</summary>
    private static bool IsInContainer => Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1";

    /// <exception cref="CommandException">The file isn't there or can't be read.</exception>
    public static PropertiesFile Read(string command, string? path)
    {
        if (path is null) return IsInContainer ? PropertiesFile.Parse(BindToAll) : PropertiesFile.Empty;
        try
        {
            if (Directory.Exists(path)) throw new CommandException(ExitCode.Configuration, $"{command}: {path} is a folder, not a settings file");
            if (!File.Exists(path)) throw new CommandException(ExitCode.Configuration, $"{command}: there is no settings file {path}");
            if (new FileInfo(path).Length > MaxBytes) throw new CommandException(ExitCode.Configuration, $"{command}: {path} is larger than {MaxBytes} bytes, so no settings file");
            var file = PropertiesFile.Parse(File.ReadAllBytes(path));
            // Behind the file's own lines, whose numbers problems are told with.
            return IsInContainer && file.Get(BrokerConf.BindAddress.Name) is null ? PropertiesFile.Parse([.. File.ReadAllBytes(path), .. Encoding.Latin1.GetBytes(BindToAll)]) : file;
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
