using System.Text;
using RocketAspire.Protocol.Config;

namespace RocketAspire.NameServer;

/// <summary>The settings in force. Readers take the whole record; a change is written to disk before it counts.</summary>
internal sealed class SettingsTable(NameServerOptions options)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private NameServerSettings _current = options.Settings;

    public NameServerSettings Current => Volatile.Read(ref _current);

    /// <summary>The settings in force as properties lines; those that only Apache's name servers look at with its defaults.</summary>
    public string Describe()
    {
        var all = NameServerConf.Defaults();
        all[NameServerConf.ConfigStorePath.Name] = options.ConfigStorePath ?? "";
        all[NameServerConf.KvConfigPath.Name] = options.KvConfigPath ?? "";
        all[NameServerConf.ListenPort.Name] = NameServerConf.ListenPort.Format(options.Listen[0].Port);
        foreach (var (name, value) in Current.Pairs) all[name] = value;
        return PropertiesFile.Write(all);
    }

    /// <summary>All or nothing; null when done, else why not.</summary>
    public async Task<string?> ChangeAsync(IReadOnlyList<KeyValuePair<string, string>> changes, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var settings = Current;
            foreach (var (key, value) in changes)
            {
                if (!settings.TryWith(key, value, out var changed, out var problem)) return problem;
                settings = changed;
            }

            if (options.ConfigStorePath is { } path) await DurableFile.WriteAsync(path, Encoding.UTF8.GetBytes(settings.ToString())).ConfigureAwait(false);
            Volatile.Write(ref _current, settings);
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }
}
