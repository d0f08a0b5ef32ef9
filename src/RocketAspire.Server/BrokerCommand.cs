using Microsoft.Extensions.Logging;
using RocketAspire.Broker;
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

        using var stop = new StopSignal();
        await using var log = new ConsoleLog(LogLevel.Information);
        var logger = log.CreateLogger("Broker");
        foreach (var warning in problems) Log.Setting(logger, line.ConfigFile ?? "", warning.ToString());
        foreach (var key in settings.Unhonoured()) Log.Setting(logger, line.ConfigFile ?? "", $"{key.Name}: has no effect here: {key.NotHonouredBecause}");
        try
        {
            await using var node = await BrokerNode.StartAsync(options, log, TimeProvider.System, new FileSystemDevice(), stop.Token).ConfigureAwait(false);
            await using var observability = Observability.IsWanted(line)
                ? await Observability.StartAsync(line, options.BrokerName, () => node.Registered.IsCompletedSuccessfully, stop.Token).ConfigureAwait(false)
                : null;
            var known = options.NameServers.Count > 0 ? " and name server is " + string.Join(';', options.NameServers) : "";
            log.Say($"The broker[{options.BrokerName}, {node.Address.Text}] boot success. serializeType=JSON{known}");
            await stop.Asked.ConfigureAwait(false);
            Log.Stopping(logger);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Told to stop while still starting: what was started has been stopped.
        }

        log.Say($"The broker[{options.BrokerName}] stopped.");
        return ExitCode.Success;
    }
}
