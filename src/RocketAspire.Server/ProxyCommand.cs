using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using RocketAspire.Client;
using RocketAspire.Protocol.Config;
using RocketAspire.Proxy;

namespace RocketAspire.Server;

/// <summary>Runs a proxy until it is told to stop. This class alone touches gRPC, so that no other node loads it.</summary>
internal static class ProxyCommand
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<int> RunAsync(CommandLine line)
    {
        var options = ReadOptions(line);
        using var stop = new StopSignal();
        await using var log = new ConsoleLog(LogLevel.Information);
        var logger = log.CreateLogger("Proxy");
        try
        {
            await using var node = await ProxyNode.StartAsync(options, log, stop.Token).ConfigureAwait(false);
            var told = new ObservabilityOptions("proxy", line.HealthPort);
            await using var observability = told.IsWanted ? await Observability.StartAsync(told, static () => true, log, stop.Token).ConfigureAwait(false) : null;
            log.Say($"The Proxy boot success. address {node.Endpoint}, name server is {string.Join(';', options.NameServers)}");
            await stop.Asked.ConfigureAwait(false);
            Log.Stopping(logger);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Told to stop while still starting: what was started has been stopped.
        }

        log.Say("The Proxy stopped.");
        return ExitCode.Success;
    }

    private static ProxyOptions ReadOptions(CommandLine line)
    {
        var given = line.NameServers ?? Environment.GetEnvironmentVariable("NAMESRV_ADDR");
        if (!NameServerList.TryParse(given, out var nameServers, out var problem)) throw new CommandException(ExitCode.Configuration, $"proxy: -n: {problem}");
        var options = new ProxyOptions { NameServers = nameServers, Tls = TlsFile.Read("proxy", PropertiesFile.Empty) };
        if (line.Listen is { } listen) options = options with { Listen = listen };
        return line.Advertise is { } advertise ? options with { Advertised = [advertise] } : options;
    }
}
