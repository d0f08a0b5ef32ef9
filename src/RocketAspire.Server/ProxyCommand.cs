using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Acl;
using RocketAspire.Proxy;

namespace RocketAspire.Server;

/// <summary>Runs a proxy until it is told to stop. This class alone touches gRPC, so that no other node loads it.</summary>
internal static class ProxyCommand
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<int> RunAsync(CommandLine line)
    {
        var config = ProxyConfigFile.Read(line.ProxyConfigFile);
        var options = ProxySettings.Read(line, config);
        var told = ProxySettings.Told(line, config, options);
        var located = ProxyAccounts.Locate(line, config);
        options = options with { Credentials = ProxyAccounts.Own(config, located) };
        using var stop = new StopSignal();
        await using var log = new ConsoleLog(LogLevel.Information);
        var logger = log.CreateLogger("Proxy");
        if (config.Unused is { Count: > 0 } unused) Log.Setting(logger, config.Path ?? "", $"{string.Join(", ", unused)}: no effect here");
        await using var accounts = located is null ? null : AclAccounts.Open(located, TimeProvider.System, log);
        if (accounts is not null) options = options with { Access = new PlainAccessRules(accounts) };
        try
        {
            await using var node = await ProxyNode.StartAsync(options, log, stop.Token).ConfigureAwait(false);
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
}
