using RocketAspire.Protocol.Config;

namespace RocketAspire.Server;

/// <summary>Collects a node's TLS settings: <c>tls.config.file</c>, then the node's own file, then the environment.</summary>
internal static class TlsFile
{
    /// <exception cref="CommandException">A value is wrong, or the file that is named can't be read.</exception>
    public static TlsSettings Read(string command, PropertiesFile own)
    {
        string? Own(string name) => own.Get(name) ?? Environment.GetEnvironmentVariable(name);

        var named = Own(TlsConf.ConfigFile.Name);
        var path = string.IsNullOrWhiteSpace(named) ? TlsConf.ConfigFile.Default! : named.Trim();
        // One that isn't there is nothing to Apache's nodes; one that somebody names is meant.
        var file = named is null && !File.Exists(path) ? PropertiesFile.Empty : ConfigFile.Read(command, path);
        return TlsSettings.Read(name => (IsOfTheFile(name) ? file.Get(name) : null) ?? Own(name), out var problem)
            ?? throw new CommandException(ExitCode.Configuration, $"{command}: {problem}");
    }

    private static bool IsOfTheFile(string name) => name != TlsConf.ServerMode.Name && name != TlsConf.Enable.Name;
}
