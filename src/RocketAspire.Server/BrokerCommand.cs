using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.Broker;
using RocketAspire.Faults;
using RocketAspire.Protocol.Config;
using RocketAspire.Store;

namespace RocketAspire.Server;

/// <summary>Runs a broker until it is told to stop.</summary>
internal static class BrokerCommand
{
    public static async Task<int> RunAsync(CommandLine line)
    {
        var settings = BrokerSettings.Read(ConfigFile.Read("broker", line.ConfigFile), out var problems);
        if (line.PrintConfig)
        {
            ConfigFile.Print(settings.InForce());
            return ExitCode.Success;
        }

        ConfigFile.ThrowOnErrors("broker", line.ConfigFile, problems);
        var nameServers = line.NameServers ?? (settings.IsSet(BrokerConf.NamesrvAddr) ? null : Environment.GetEnvironmentVariable("NAMESRV_ADDR"));
        var options = BrokerOptionsReader.Read(settings, nameServers, line.ConfigFile, out var problem);
        if (options is null) throw new CommandException(ExitCode.Configuration, line.ConfigFile is null ? $"broker: {problem}" : $"broker: {line.ConfigFile}: {problem}");
        options = WithFlags(options, line) with { Tls = TlsFile.Read("broker", settings.File) };

        var told = Told(options, settings, line);
        using var stop = new StopSignal();
        await using var log = new ConsoleLog(LogLevel.Information);
        var logger = log.CreateLogger("Broker");
        foreach (var warning in problems) Log.Setting(logger, line.ConfigFile ?? "", warning.ToString());
        foreach (var key in settings.Unhonoured()) Log.Setting(logger, line.ConfigFile ?? "", $"{key.Name}: has no effect here: {key.NotHonouredBecause}");
        try
        {
            var faults = line.FaultControl ? new FaultSeams(new FileSystemDevice(), TimeProvider.System) : null;
            if (faults is not null) options = options with { PeerNetwork = faults.Network };
            await using var node = await BrokerNode.StartAsync(
                options, log, faults?.Time ?? TimeProvider.System, faults?.Device ?? new FileSystemDevice(), stop.Token).ConfigureAwait(false);
            // After the start: then the store's lock is held, and with it the socket's path.
            await using var control = faults is null ? null
                : FaultControl.Start(line.FaultSocket ?? Path.Combine(options.Store.RootDirectory, FaultControl.SocketName), faults, log.CreateLogger("FaultControl"));
            using var metrics = told.IsWanted ? node.Measure() : null;
            await using var observability = told.IsWanted
                ? await Observability.StartAsync(told, () => node.Registered.IsCompletedSuccessfully, log, stop.Token).ConfigureAwait(false)
                : null;
            var known = options.NameServers.Count > 0 ? " and name server is " + string.Join(';', options.NameServers) : "";
            log.Say($"The broker[{options.BrokerName}, {node.Address.Text}] boot success. serializeType=JSON{known}");
            if (await Task.WhenAny(stop.Asked, node.Failed).ConfigureAwait(false) == node.Failed)
            {
                throw new CommandException(ExitCode.Runtime, $"broker: this node had to leave its group: {await node.Failed.ConfigureAwait(false)}");
            }

            Log.Stopping(logger);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Told to stop while still starting: what was started has been stopped.
        }

        log.Say($"The broker[{options.BrokerName}] stopped.");
        return ExitCode.Success;
    }

    private static ObservabilityOptions Told(BrokerOptions options, BrokerSettings settings, CommandLine line)
    {
        var told = new ObservabilityOptions(options.BrokerName, line.HealthPort);
        switch (settings.Get(BrokerConf.MetricsExporterType))
        {
            case MetricsExporterType.Prometheus:
                var host = settings.Get(BrokerConf.MetricsPromExporterHost);
                var address = host.Length == 0 ? options.BindAddress : IPAddress.TryParse(host, out var given)
                    ? given : throw new CommandException(ExitCode.Configuration, $"broker: metricsPromExporterHost: '{host}' is no IP address");
                return told with { Prometheus = new IPEndPoint(address, settings.Get(BrokerConf.MetricsPromExporterPort)) };
            case MetricsExporterType.OtlpGrpc:
                var target = settings.Get(BrokerConf.MetricsGrpcExporterTarget);
                return Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                    ? told with { MetricsTarget = uri }
                    : throw new CommandException(ExitCode.Configuration, $"broker: metricsGrpcExporterTarget: '{target}' is no address such as http://127.0.0.1:4317");
            default:
                return told;
        }
    }

    private static BrokerOptions WithFlags(BrokerOptions options, CommandLine line)
    {
        if (line.LeaderAddress is null && !line.ForceNewGroup) return options;
        if (options.Raft is not { } group)
        {
            throw new CommandException(ExitCode.Configuration, $"broker: {(line.ForceNewGroup ? "--force-new-group" : "--leader-address")}: only for a DLedger node (enableDLegerCommitLog=true)");
        }

        return options with { Raft = group with { LeaderAddress = line.LeaderAddress, ForceNewGroup = line.ForceNewGroup } };
    }
}
