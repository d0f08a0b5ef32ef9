using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using RocketAspire.Client;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Hosting.Doctor;

/// <summary>Asks every node, tries its ports and looks at its store.</summary>
/// <param name="connection">The way to the nodes.</param>
/// <param name="time">For waits and for comparing clocks.</param>
internal sealed class FactsCollector(RocketMQConnection connection, TimeProvider time)
{
    private const string LogEnd = "commitLogMaxOffset";

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    private readonly RocketMQAdmin _admin = new(connection);

    /// <param name="topology">Whom to ask.</param>
    /// <param name="storesAreHere">Whether the brokers' folders are folders of this machine.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ClusterFacts> CollectAsync(ClusterTopology topology, bool storesAreHere, CancellationToken cancellationToken)
    {
        var nameServers = Task.WhenAll(topology.NameServers.Select(n => AskAsync(n, cancellationToken)));
        var brokers = await Task.WhenAll(topology.Brokers.Select(b => AskAsync(b, storesAreHere, cancellationToken))).ConfigureAwait(false);
        var seen = await nameServers.ConfigureAwait(false);
        var groups = await Task.WhenAll(brokers.GroupBy(b => b.Node.BrokerName, StringComparer.Ordinal).Select(g => CompareAsync([.. g], seen, cancellationToken))).ConfigureAwait(false);
        return new ClusterFacts { NameServers = [.. seen], Brokers = [.. groups.SelectMany(g => g)] };
    }

    /// <summary>Its time of day: when it started and how long ago that was, as it says itself (<c>[ 0 days, 0 hours, 1 minutes, 2 seconds ]</c>).</summary>
    internal static DateTimeOffset? ClockOf(IReadOnlyDictionary<string, string> runtime)
    {
        if (!runtime.TryGetValue("bootTimestamp", out var boot) || !long.TryParse(boot, NumberStyles.None, CultureInfo.InvariantCulture, out var bootMs)) return null;
        if (!runtime.TryGetValue("runtime", out var text)) return null;
        var parts = text.Trim('[', ']', ' ').Split(',', StringSplitOptions.TrimEntries);
        var numbers = new long[4];
        for (var i = 0; i < numbers.Length; i++)
            if (i >= parts.Length || !long.TryParse(parts[i].Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
        // Whole seconds: half of one is the best guess at the rest.
        return DateTimeOffset.FromUnixTimeMilliseconds(bootMs) + TimeSpan.FromSeconds(((numbers[0] * 24 + numbers[1]) * 60 + numbers[2]) * 60 + numbers[3] + 0.5);
    }

    private static bool IsSilence(Exception e) => e is RemotingConnectException or RemotingSendException or RemotingTimeoutException;

    private async Task<NameServerFacts> AskAsync(NameServerNode node, CancellationToken cancellationToken)
    {
        try
        {
            return new(node.Name, node.Address, null, await _admin.GetClusterInfoAsync(node.Address, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (IsSilence(e) || e is RocketMQException)
        {
            return new(node.Name, node.Address, e.Message, null);
        }
    }

    private async Task<BrokerFacts> AskAsync(BrokerNode node, bool storeIsHere, CancellationToken cancellationToken)
    {
        var facts = new BrokerFacts(node) { Store = storeIsHere ? StoreProbe.Look(node.StoreDirectory) : null };
        try
        {
            var before = time.GetUtcNow();
            var runtime = await _admin.GetBrokerRuntimeInfoAsync(node.Address, cancellationToken).ConfigureAwait(false);
            var between = before + (time.GetUtcNow() - before) / 2;
            facts = facts with { Runtime = runtime, ClockAhead = ClockOf(runtime) - between };
            var answer = await connection.DemandAsync(node.Address, RemotingCommand.CreateRequest(RequestCode.GetBrokerConfig), cancellationToken).ConfigureAwait(false);
            facts = facts with { InForce = PropertiesFile.Parse(answer.Body.Span) };
        }
        catch (Exception e) when (IsSilence(e))
        {
            return facts with { Unreachable = e.Message };
        }
        catch (RocketMQException e)
        {
            facts = facts with { Refusal = e.Message };
        }

        var ports = await Task.WhenAll(PortsOf(node).Select(p => TryAsync(p.What, p.Host, p.Port, p.IsForClients, cancellationToken))).ConfigureAwait(false);
        return facts with { Ports = [.. ports] };
    }

    private static IEnumerable<(string What, string Host, int Port, bool IsForClients)> PortsOf(BrokerNode node)
    {
        foreach (var (key, what, port) in NodeView.OfBroker(node.Name, node.Host, node.Conf).Ports.Skip(1))
        {
            if (port == node.ListenPort - 2) yield return (what, node.Host, port, true);
            else if (key == BrokerConf.DLegerPeers.Name)
                yield return (what, NodeView.Peers(node.Settings.Get(BrokerConf.DLegerPeers)).First(p => p.Id == node.PeerName).Host, port, false);
            // Nobody copies from a slave.
            else if (node.IsMaster) yield return (what, node.Settings.IsSet(BrokerConf.BrokerIP2) ? node.Settings.Get(BrokerConf.BrokerIP2) : node.Host, port, false);
        }
    }

    private async Task<PortFacts> TryAsync(string what, string host, int port, bool isForClients, CancellationToken cancellationToken)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        using var limit = new CancellationTokenSource(ConnectLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(host, port, both.Token).ConfigureAwait(false);
            return new(what, address, null, isForClients);
        }
        catch (SocketException e)
        {
            return new(what, address, e.Message, isForClients);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(what, address, string.Create(CultureInfo.InvariantCulture, $"no answer within {ConnectLimit.TotalSeconds:0} s"), isForClients);
        }
    }

    /// <summary>What each copy lacks of what its leader had when it was asked.</summary>
    private async Task<IReadOnlyList<BrokerFacts>> CompareAsync(List<BrokerFacts> group, NameServerFacts[] seen, CancellationToken cancellationToken)
    {
        if (LeaderOf(group, seen) is not { } leader || EndOf(leader.Runtime) is not { } end) return group;
        var deadline = time.GetUtcNow() + CatchUpLimit;
        return await Task.WhenAll(group.Select(async copy =>
        {
            if (copy == leader || EndOf(copy.Runtime) is not { } first) return copy;
            var last = first;
            while (last < end && time.GetUtcNow() < deadline)
            {
                await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
                try
                {
                    last = EndOf(await _admin.GetBrokerRuntimeInfoAsync(copy.Node.Address, cancellationToken).ConfigureAwait(false)) ?? last;
                }
                catch (Exception e) when (IsSilence(e) || e is RocketMQException)
                {
                    break;
                }
            }

            return copy with { BytesBehind = Math.Max(0, end - last), IsCatchingUp = last > first };
        })).ConfigureAwait(false);
    }

    private static BrokerFacts? LeaderOf(List<BrokerFacts> group, NameServerFacts[] seen)
    {
        if (!group[0].Node.IsDLedger) return group.Find(b => b.Node.BrokerId == 0);
        foreach (var n in seen)
        {
            var addresses = n.Sees?.BrokerAddrTable.TryGetValue(group[0].Node.BrokerName, out var found) is true ? found.BrokerAddrs : null;
            if (DLedgerView.Of([.. group.Select(b => b.Node)], addresses).Leader is { } leader) return group.Find(b => b.Node == leader);
        }

        return null;
    }

    private static long? EndOf(IReadOnlyDictionary<string, string> runtime) =>
        runtime.TryGetValue(LogEnd, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var end) ? end : null;
}
