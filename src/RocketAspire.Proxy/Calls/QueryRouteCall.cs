using System.Net;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>QueryRoute: a topic's queues, each at the proxy's own address. Unlike Apache's, which puts its own port there, that is the address by which the client came: port mappings don't matter.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/route/RouteActivity.java</remarks>
internal sealed class QueryRouteCall(ClusterView cluster, ProxyOptions options)
{
    public async Task<QueryRouteResponse> AnswerAsync(CallContext call, QueryRouteRequest request)
    {
        if (Checks.Topic(request.Topic) is { } wrong) return new() { Status = wrong };
        var route = await cluster.RouteAsync(request.Topic.Name, call.Ended).ConfigureAwait(false);
        var kinds = await cluster.KindsAsync(request.Topic.Name, call.Ended).ConfigureAwait(false);
        var response = new QueryRouteResponse { Status = Statuses.Ok };
        foreach (var queues in route.Data.QueueDatas)
        {
            foreach (var broker in BrokersOf(route, queues.BrokerName, EndpointsFor(call, request.Endpoints)))
                response.MessageQueues.Add(Queues(queues, request.Topic, broker, kinds));
        }

        return response;
    }

    /// <summary>Where this client finds the proxy.</summary>
    public Endpoints EndpointsFor(CallContext call, Endpoints? told)
    {
        if (options.Advertised.Count > 0) return Parse(options.Advertised);
        return told is { Addresses.Count: > 0 } ? told : Parse([call.Came]);
    }

    public static IEnumerable<V2.Broker> BrokersOf(TopicRoute route, string brokerName, Endpoints endpoints) =>
        route.Data.BrokerDatas.Where(broker => broker.BrokerName == brokerName)
            .SelectMany(broker => broker.BrokerAddrs.Keys.Select(id => new V2.Broker { Name = brokerName, Id = (int)id, Endpoints = endpoints }));

    public static Permission PermissionOf(int perm) => (perm & PermName.ReadWrite) switch
    {
        PermName.ReadWrite => Permission.ReadWrite,
        PermName.Read => Permission.Read,
        PermName.Write => Permission.Write,
        _ => Permission.None,
    };

    /// <summary>Those that can only be read come first, then those that can only be written, then the rest; Apache numbers them so.</summary>
    private static IEnumerable<V2.MessageQueue> Queues(QueueData queues, Resource topic, V2.Broker broker, TopicKinds kinds)
    {
        var permission = PermissionOf(queues.Perm);
        var both = permission == Permission.ReadWrite ? Math.Min(queues.ReadQueueNums, queues.WriteQueueNums) : 0;
        var read = permission is Permission.ReadWrite or Permission.Read ? queues.ReadQueueNums - both : 0;
        var write = permission is Permission.ReadWrite or Permission.Write ? queues.WriteQueueNums - both : 0;
        var none = permission == Permission.None ? Math.Max(1, Math.Max(queues.ReadQueueNums, queues.WriteQueueNums)) : 0;
        var id = 0;
        foreach (var (count, allowed) in new[] { (read, Permission.Read), (write, Permission.Write), (both, Permission.ReadWrite), (none, Permission.None) })
        {
            for (var i = 0; i < count; i++)
            {
                var queue = new V2.MessageQueue { Topic = topic, Id = id++, Permission = allowed, Broker = broker };
                queue.AcceptMessageTypes.Add(kinds.Accepted);
                yield return queue;
            }
        }
    }

    private static Endpoints Parse(IReadOnlyList<string> addresses)
    {
        var endpoints = new Endpoints();
        foreach (var address in addresses)
        {
            var colon = address.LastIndexOf(':');
            var host = address[..colon].Trim('[', ']');
            endpoints.Scheme = !IPAddress.TryParse(host, out var ip) ? AddressScheme.DomainName
                : ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? AddressScheme.Ipv6 : AddressScheme.Ipv4;
            endpoints.Addresses.Add(new Address { Host = host, Port = int.Parse(address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture) });
        }

        return endpoints;
    }
}
