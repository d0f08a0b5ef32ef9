using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client;

/// <summary>One broker group's node that serves a request: its master, or its slave where no master is registered.</summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="BrokerName">The group's name.</param>
/// <param name="BrokerId">0 for a master.</param>
/// <param name="Address"><c>ip:port</c>.</param>
public sealed record BrokerEndpoint(string Cluster, string BrokerName, long BrokerId, string Address)
{
    public bool IsMaster => BrokerId == 0;
}

/// <summary>How the parts of <see cref="RocketMQAdmin"/> ask: one node, or each of several.</summary>
internal sealed class AdminCalls(RocketMQConnection connection)
{
    public RocketMQConnection Connection => connection;

    public async Task<RemotingCommand> DemandAsync(string address, int code, ExtFields? fields, CancellationToken cancellationToken, byte[]? body = null)
    {
        var request = RemotingCommand.CreateRequest(code, fields, body ?? default(ReadOnlyMemory<byte>));
        return await connection.DemandAsync(address, request, cancellationToken).ConfigureAwait(false);
    }

    public async Task<T> ReadAsync<T>(string address, int code, ExtFields? fields, Body.Decoder<T> decode, CancellationToken cancellationToken) =>
        Body.Read(address, code, await DemandAsync(address, code, fields, cancellationToken).ConfigureAwait(false), decode);

    public async Task<ClusterInfo> ClusterInfoAsync(CancellationToken cancellationToken)
    {
        var answer = await connection.AskNameServersAsync(static () => RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), cancellationToken).ConfigureAwait(false);
        if (answer.Code != ResponseCode.Success) throw new RocketMQResponseException("a name server", RequestCode.GetBrokerClusterInfo, answer.Code, answer.Remark);
        return Body.Read("a name server", RequestCode.GetBrokerClusterInfo, answer, ClusterInfo.Decode);
    }

    /// <summary>Of each group who answers for it.</summary>
    /// <param name="mastersOnly">Leave groups out that have no master now: a change can't be made there.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<BrokerEndpoint>> GroupsAsync(bool mastersOnly, CancellationToken cancellationToken)
    {
        var info = await ClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        return [.. info.BrokerAddrTable.Values.Where(static group => group.BrokerAddrs.Count > 0).Select(Serving).Where(node => node.IsMaster || !mastersOnly)];
    }

    /// <summary>The masters of those groups, or of all.</summary>
    /// <exception cref="RocketMQBrokerNotFoundException">One of them has no master now, or there is none at all.</exception>
    public async Task<IReadOnlyList<BrokerEndpoint>> MastersAsync(IReadOnlyCollection<string>? brokerNames, CancellationToken cancellationToken)
    {
        var masters = await GroupsAsync(mastersOnly: true, cancellationToken).ConfigureAwait(false);
        if (brokerNames is null) return masters.Count > 0 ? masters : throw new RocketMQBrokerNotFoundException(null);
        foreach (var name in brokerNames)
            if (masters.All(node => node.BrokerName != name)) throw new RocketMQBrokerNotFoundException(name);
        return [.. masters.Where(node => brokerNames.Contains(node.BrokerName))];
    }

    /// <exception cref="RocketMQResponseException">The answer has no offset.</exception>
    public static long Offset(string address, int code, RemotingCommand answer) =>
        long.TryParse(answer.ExtFields["offset"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new RocketMQResponseException(address, code, answer.Code, "the answer has no offset");

    /// <summary>A body of <c>key=value</c> lines.</summary>
    public static IReadOnlyDictionary<string, string> Properties(RemotingCommand answer)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in PropertiesFile.Parse(Encoding.UTF8.GetString(answer.Body.Span)).Lines) values[line.Key] = line.Value;
        return values;
    }

    /// <summary>Of each group that holds the topic who answers for it; empty when no name server knows a route.</summary>
    public async Task<IReadOnlyList<BrokerEndpoint>> HoldersAsync(string topic, CancellationToken cancellationToken)
    {
        var answer = await connection.AskNameServersAsync(() => RouteCache.RouteRequest(topic), cancellationToken).ConfigureAwait(false);
        var route = RouteCache.ReadRoute(answer, "a name server");
        return route is null ? [] : [.. route.BrokerDatas.Where(static group => group.BrokerAddrs.Count > 0).Select(Serving)];
    }

    /// <summary>Makes a change on each node; what one refuses keeps it from no other.</summary>
    /// <exception cref="RocketMQPartialChangeException">A node refused or couldn't be asked.</exception>
    public static async Task OnEachAsync(string change, IReadOnlyList<string> addresses, Func<string, Task> make)
    {
        var outcomes = await Task.WhenAll(addresses.Select(async Task<(string Address, Exception? Failure)> (address) =>
        {
            try
            {
                await make(address).ConfigureAwait(false);
                return (Address: address, Failure: null);
            }
            catch (Exception e) when (IsRefusal(e))
            {
                return (address, e);
            }
        })).ConfigureAwait(false);
        var failed = outcomes.Where(static o => o.Failure is not null).Select(static o => (o.Address, o.Failure!)).ToList();
        if (failed.Count > 0) throw new RocketMQPartialChangeException(change, [.. outcomes.Where(static o => o.Failure is null).Select(static o => o.Address)], failed);
    }

    /// <summary>Asks each node at once; the first failure is the answer.</summary>
    public static Task<T[]> FromEachAsync<T>(IReadOnlyList<BrokerEndpoint> nodes, Func<BrokerEndpoint, Task<T>> ask) => Task.WhenAll(nodes.Select(ask));

    public static bool IsRefusal(Exception e) => e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException;

    private static BrokerEndpoint Serving(BrokerData group)
    {
        var (id, address) = group.BrokerAddrs.First();
        return new BrokerEndpoint(group.Cluster, group.BrokerName, id, address);
    }
}
