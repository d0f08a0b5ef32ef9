using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>
/// Tells brokers which consumers are connected here, so that admin tools see them and can ask them. Apache's brokers don't know that
/// request, and get no other: what a proxy in cluster mode has is not to be seen there.
/// </summary>
internal sealed class ConsumerHeartbeats(ClusterView cluster, ClientTable clients, ProxyOptions options, ILogger logger)
{
    /// <summary>How soon a change is told.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, byte> _strangers = new(StringComparer.Ordinal);
    private long _toldVersion;
    private long _toldAt = long.MinValue;

    /// <summary>Tells every master, when something changed or it was told long ago.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var version = clients.Version;
        var isOld = _toldAt == long.MinValue || options.Time.GetElapsedTime(_toldAt) >= options.ProducerHeartbeatInterval;
        if (version == _toldVersion && !isOld) return;
        (_toldVersion, _toldAt) = (version, options.Time.GetTimestamp());
        var consumers = clients.All().Select(Describe).OfType<ProxiedConsumer>().ToList();
        if (consumers.Count == 0 && version == 0) return;
        var body = new ProxiedConsumersBody(consumers).Encode();
        try
        {
            foreach (var address in await cluster.MastersAsync(cancellationToken).ConfigureAwait(false))
                if (!_strangers.ContainsKey(address)) await TellAsync(address, body, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            Log.ConsumersNotTold(logger, "name servers", e.Message);
        }
    }

    /// <summary>As a consumer of remoting would tell it of itself; null for a client that is none.</summary>
    public static ProxiedConsumer? Describe(ClientSession client)
    {
        var settings = client.Settings;
        if (settings.PubSubCase != Settings.PubSubOneofCase.Subscription) return null;
        return new(
            new ClientConnection(client.ClientId, client.RemoteAddress, client.Language, RocketMQVersion.V5_0_0),
            new ConsumerData
            {
                GroupName = settings.Subscription.Group.Name,
                ConsumeType = settings.ClientType == ClientType.SimpleConsumer ? "CONSUME_ACTIVELY" : "CONSUME_PASSIVELY",
                Subscriptions = [.. SubscriptionsOf(settings)],
            });
    }

    public static IEnumerable<SubscriptionData> SubscriptionsOf(Settings settings)
    {
        foreach (var entry in settings.Subscription.Subscriptions)
        {
            var type = entry.Expression?.Type == FilterType.Sql ? SubscriptionData.Sql92 : SubscriptionData.Tag;
            if (SubscriptionData.TryBuild(entry.Topic?.Name ?? "", entry.Expression?.Expression, type, out var subscription)) yield return subscription;
        }
    }

    private async Task TellAsync(string address, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await cluster.AskAsync(address, RemotingCommand.CreateRequest(RequestCode.ProxiedConsumers, body: body), options.SendTimeout, cancellationToken).ConfigureAwait(false);
            if (answer.Code == ResponseCode.RequestCodeNotSupported) _strangers[address] = 0;
            else if (answer.Code != ResponseCode.Success) Log.ConsumersNotTold(logger, address, answer.Remark ?? "");
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            Log.ConsumersNotTold(logger, address, e.Message);
        }
    }
}
