using System.Collections.Immutable;
using System.Globalization;
using RocketAspire.Client;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Hosting.Doctor;

/// <summary><c>--doctor --namesrv ip:port;ip:port</c>: examines a cluster that runs already, wherever it is, and starts nothing.</summary>
public static class DoctorCommand
{
    public const string Switch = "--doctor";
    public const string NameServersSwitch = "--namesrv";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Runs it when the arguments ask for it.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Takes the findings.</param>
    /// <param name="errors">Takes the line that says why nothing could be examined.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>0 nothing fails, 1 something does, 2 the arguments can't be used; null when it wasn't asked for.</returns>
    public static async Task<int?> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        if (!args.Contains(NameServersSwitch)) return null;
        if (args is not ([Switch, NameServersSwitch, _] or [NameServersSwitch, _, Switch]))
        {
            await errors.WriteLineAsync($"{NameServersSwitch}: write {Switch} {NameServersSwitch} ip:port;ip:port, and nothing else").ConfigureAwait(false);
            return RocketMQSettingException.WrongSetting;
        }

        RocketMQConnection connection;
        try
        {
            connection = new(new RocketMQClientOptions { NameServers = NameServerList.Parse(args[0] == Switch ? args[2] : args[1]), RequestTimeout = Patience, ConnectTimeout = Patience });
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync($"{NameServersSwitch}: {e.Message}").ConfigureAwait(false);
            return RocketMQSettingException.WrongSetting;
        }

        await using (connection.ConfigureAwait(false))
        {
            var topology = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
            var facts = await new FactsCollector(connection, TimeProvider.System).CollectAsync(topology, storesAreHere: false, cancellationToken).ConfigureAwait(false);
            var findings = DoctorChecks.Examine(facts with { IsGenerated = false });
            foreach (var line in DoctorReport.Lines(findings)) await output.WriteLineAsync(line.TrimEnd()).ConfigureAwait(false);
            return DoctorReport.HasFailed(findings) ? 1 : 0;
        }
    }

    /// <summary>The cluster as its name servers see it all together; each broker's file is what it has in force.</summary>
    private static async Task<ClusterTopology> FindAsync(RocketMQConnection connection, CancellationToken cancellationToken)
    {
        var admin = new RocketMQAdmin(connection);
        var seen = new Dictionary<(string Name, long Id), string>();
        foreach (var nameServer in connection.NameServers)
        {
            try
            {
                foreach (var (name, broker) in (await admin.GetClusterInfoAsync(nameServer, cancellationToken).ConfigureAwait(false)).BrokerAddrTable)
                    foreach (var (id, address) in broker.BrokerAddrs) seen.TryAdd((name, id), address);
            }
            catch (Exception e) when (e is RemotingConnectException or RemotingSendException or RemotingTimeoutException or RocketMQException)
            {
                // Told as a finding when it is asked again.
            }
        }

        var brokers = new List<BrokerNode>();
        foreach (var ((name, id), address) in seen.OrderBy(s => s.Key.Name, StringComparer.Ordinal).ThenBy(s => s.Key.Id))
            brokers.Add(await DescribeAsync(connection, name, id, address, cancellationToken).ConfigureAwait(false));
        return new ClusterTopology("", [.. connection.NameServers.Select(NameServer)], [.. WithLeaders(brokers.DistinctBy(b => b.Name), seen)]);
    }

    private static NameServerNode NameServer(string address)
    {
        var (host, port) = Split(address);
        return new NameServerNode("name server " + address, host, PropertiesFile.From([NameServerConf.ListenPort.With(port)]));
    }

    private static async Task<BrokerNode> DescribeAsync(RocketMQConnection connection, string brokerName, long id, string address, CancellationToken cancellationToken)
    {
        var (host, port) = Split(address);
        try
        {
            var answer = await connection.DemandAsync(address, RemotingCommand.CreateRequest(RequestCode.GetBrokerConfig), cancellationToken).ConfigureAwait(false);
            var node = new BrokerNode("", host, PropertiesFile.Parse(answer.Body.Span));
            return node with { Name = node.IsDLedger ? $"{brokerName}-{node.PeerName}" : NameOf(brokerName, id) };
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException or RemotingTimeoutException or RocketMQException)
        {
            return new BrokerNode(NameOf(brokerName, id), host, PropertiesFile.From(
            [
                BrokerConf.BrokerName.With(brokerName), BrokerConf.BrokerId.With(id), BrokerConf.ListenPort.With(port), BrokerConf.BrokerRole.With(id == 0 ? BrokerRole.AsyncMaster : BrokerRole.Slave),
            ]));
        }
    }

    /// <summary>A group's leader may be registered at an address of the group's own, which is none of its nodes'.</summary>
    private static IEnumerable<BrokerNode> WithLeaders(IEnumerable<BrokerNode> brokers, Dictionary<(string Name, long Id), string> seen)
    {
        var all = brokers.ToImmutableArray();
        foreach (var node in all.OrderBy(b => b.BrokerName, StringComparer.Ordinal).ThenBy(b => b.IsDLedger ? b.PeerName : "", StringComparer.Ordinal))
        {
            var leader = node.IsDLedger ? seen.GetValueOrDefault((node.BrokerName, 0)) : null;
            yield return leader is null || all.Any(b => b.Address == leader) ? node : node with { LeaderPort = Split(leader).Port };
        }
    }

    private static string NameOf(string brokerName, long id) => id == 0 ? brokerName : string.Create(CultureInfo.InvariantCulture, $"{brokerName}-s{id}");

    private static (string Host, int Port) Split(string address)
    {
        var colon = address.LastIndexOf(':');
        return (address[..colon], int.Parse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }
}
