using System.Net.Sockets;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Server;

/// <summary>Picks the command and turns every failure into one line on stderr and an exit code.</summary>
internal static class ServerCommand
{
    private const string Usage = """
        usage: RocketAspire.Server namesrv [-c FILE] [-p] [-h]
               RocketAspire.Server broker  [-c FILE] [-n ADDRESSES] [-p] [-m] [-h]
               RocketAspire.Server proxy   [-pc FILE] [-n ADDRESSES] [--listen IP:PORT] [--advertise HOST:PORT,...] [--acl FILE] [-h]

          -c, --configFile FILE         properties file, as Apache RocketMQ's mqnamesrv and mqbroker read it
          -n, --namesrvAddr ADDRESSES   name servers: ip:port;ip:port (also environment NAMESRV_ADDR)
          -p, --printConfigItem         print all settings in force and exit (-m does the same)
          -h, --help                    print this and exit
          -pc, --proxyConfigPath FILE   proxy: rmq-proxy.json, as Apache RocketMQ's mqproxy reads it
              --listen IP:PORT          proxy: where clients of 5.x connect (gRPC); 127.0.0.1:8081 when not given
              --advertise HOST:PORT,... proxy: the addresses that clients are told, several for several proxies; by itself, the one by which each came
              --acl FILE                proxy: clients need an account of this plain_acl.yml; the proxy's own is of tools.yml beside it,
                                        or ROCKETMQ_ACCESS_KEY and ROCKETMQ_SECRET_KEY
              --leader-address IP:PORT  a DLedger group's one address, open at its leader only
              --force-new-group         a DLedger node's log becomes its group's; what the other nodes have beyond it is lost
              --health-port PORT        serve /health and /alive over HTTP on 127.0.0.1:PORT
              --fault-control[=SOCKET]  broker: take commands that slow, fill or cut off this node, for tests,
                                        on a Unix socket of this user (fault.sock in the store's folder)
        Telemetry goes out by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var command = args.Length > 0 ? args[0] : "";
        try
        {
            switch (command)
            {
                case "namesrv":
                    return await RunAsync(command, args, NameServerCommand.RunAsync).ConfigureAwait(false);
                case "broker":
                    return await RunAsync(command, args, BrokerCommand.RunAsync).ConfigureAwait(false);
                case "proxy":
                    return await RunAsync(command, args, ProxyCommand.RunAsync).ConfigureAwait(false);
                case "-h" or "--help":
                    Console.Out.WriteLine(Usage);
                    return ExitCode.Success;
                case "":
                    throw new CommandException(ExitCode.Configuration, "RocketAspire.Server: say namesrv, broker or proxy first (see -h)");
                default:
                    throw new CommandException(ExitCode.Configuration, $"RocketAspire.Server: unknown command '{command}', it must be namesrv, broker or proxy (see -h)");
            }
        }
        catch (CommandException e)
        {
            return Fail(e.ExitCode, e.Message);
        }
        catch (RemotingBindException e)
        {
            return Fail(ExitCode.Runtime, $"{command}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or InvalidDataException)
        {
            return Fail(ExitCode.Runtime, $"{command}: {e.Message}");
        }
        catch (Exception e)
        {
            return Fail(ExitCode.Runtime, $"{command}: unexpected {e.GetType().Name}: {e.Message}");
        }
    }

    private static Task<int> RunAsync(string command, string[] args, Func<CommandLine, Task<int>> run)
    {
        var line = CommandLine.Parse(command, args.AsSpan(1));
        if (!line.Help) return run(line);
        Console.Out.WriteLine(Usage);
        return Task.FromResult(ExitCode.Success);
    }

    private static int Fail(int exitCode, string message)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
