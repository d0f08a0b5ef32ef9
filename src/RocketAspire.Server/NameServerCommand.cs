using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Server;

/// <summary>Runs a name server until it is told to stop.</summary>
internal static class NameServerCommand
{
    public static async Task<int> RunAsync(CommandLine line)
    {
        var file = ConfigFile.Read("namesrv", line.ConfigFile);
        if (line.PrintConfig)
        {
            ConfigFile.Print(InForce(file));
            return ExitCode.Success;
        }

        var options = ReadOptions(line, file, out var warnings) with { Tls = TlsFile.Read("namesrv", file) };
        using var stop = new StopSignal();
        await using var log = new ConsoleLog(LogLevel.Information);
        var logger = log.CreateLogger("NameServer");
        foreach (var warning in warnings) Log.Setting(logger, line.ConfigFile ?? "", warning);
        try
        {
            await using var node = await NameServerNode.StartAsync(options, log, TimeProvider.System, stop.Token).ConfigureAwait(false);
            var told = new ObservabilityOptions("namesrv", line.HealthPort);
            await using var observability = told.IsWanted ? await Observability.StartAsync(told, static () => true, log, stop.Token).ConfigureAwait(false) : null;
            log.Say($"The Name Server boot success. serializeType=JSON, address {node.Endpoint}");
            await stop.Asked.ConfigureAwait(false);
            Log.Stopping(logger);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Told to stop while still starting: what was started has been stopped.
        }

        log.Say("The Name Server stopped.");
        return ExitCode.Success;
    }

    private static NameServerOptions ReadOptions(CommandLine line, PropertiesFile file, out List<string> warnings)
    {
        warnings = [];
        var known = new List<KeyValuePair<string, string>>();
        foreach (var entry in file.Lines)
        {
            if (NameServerConf.Find(entry.Key) is not { } key)
            {
                warnings.Add($"line {entry.Line}: {entry.Key}: no setting of a name server");
            }
            else if (key.Check(entry.Value) is { } wrong)
            {
                throw new CommandException(ExitCode.Configuration, $"namesrv: {line.ConfigFile}: line {entry.Line}: {entry.Key}: {wrong}");
            }
            else if (key.IsHonoured && TlsConf.Find(entry.Key) is null)
            {
                known.Add(new(entry.Key, entry.Value.Trim()));
            }
        }

        // Loopback unless told otherwise: nobody is asked for a password here.
        if (file.Get("bindAddress") is null) known.Add(new("bindAddress", IPAddress.Loopback.ToString()));
        var problems = new List<string>();
        var options = NameServerOptions.Read(known, problems);

        // Keys that Apache knows and that change nothing here are told, wrong values end it.
        foreach (var problem in problems)
        {
            if (!problem.EndsWith("no setting of this name server", StringComparison.Ordinal))
            {
                throw new CommandException(ExitCode.Configuration, $"namesrv: {line.ConfigFile}: {problem}");
            }
        }

        return options;
    }

    private static SortedDictionary<string, string> InForce(PropertiesFile file)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in NameServerConf.Declared)
        {
            if (key.Default is not null) all[key.Name] = key.Default;
        }

        foreach (var entry in file.Lines) all[entry.Key] = entry.Value;
        return all;
    }
}
