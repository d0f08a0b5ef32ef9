using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>
/// Consumers that are connected to a proxy and not to this broker. Admin tools see them and can ask them; queues are shared out without
/// them, since they pop.
/// </summary>
public sealed class ProxiedConsumerTable(TimeProvider time)
{
    private readonly Lock _gate = new();

    // Guarded by _gate: what each proxy told last, by group.
    private readonly Dictionary<RemotingConnection, (ILookup<string, ProxiedConsumer> Consumers, long SeenAt)> _proxies = [];

    /// <summary>Takes the place of what that proxy told before.</summary>
    public void Register(RemotingConnection proxy, IReadOnlyList<ProxiedConsumer> consumers)
    {
        var byGroup = consumers.ToLookup(static consumer => consumer.Consumer.GroupName, StringComparer.Ordinal);
        lock (_gate) _proxies[proxy] = (byGroup, time.GetTimestamp());
    }

    /// <summary>One entry a client, though several proxies may know it.</summary>
    public List<ProxiedConsumer> Of(string group)
    {
        lock (_gate) return [.. _proxies.Values.SelectMany(told => told.Consumers[group]).DistinctBy(static consumer => consumer.Client.ClientId)];
    }

    /// <summary>The way to a client; null when no proxy has it.</summary>
    public RemotingConnection? FindProxy(string group, string clientId)
    {
        lock (_gate)
        {
            foreach (var (proxy, told) in _proxies)
                if (told.Consumers[group].Any(consumer => consumer.Client.ClientId == clientId)) return proxy;
            return null;
        }
    }

    public void RemoveConnection(RemotingConnection proxy)
    {
        lock (_gate) _proxies.Remove(proxy);
    }

    /// <summary>Forgets what was told longer ago than that.</summary>
    public void RemoveSilent(TimeSpan longerThan)
    {
        lock (_gate)
        {
            foreach (var proxy in _proxies.Where(told => time.GetElapsedTime(told.Value.SeenAt) > longerThan).Select(static told => told.Key).ToArray()) _proxies.Remove(proxy);
        }
    }
}
