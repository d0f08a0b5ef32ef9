using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Proxy;

/// <summary>Tells brokers that this proxy is a producer of each topic to which its clients send transactions: so they ask it what became of one.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/service/transaction/ClusterTransactionService.java</remarks>
internal sealed class ProducerHeartbeats(ClusterView cluster, ClientTable clients, ProxyOptions options, ILogger logger)
{
    private const int MaxGroupsAtOnce = 100;

    private readonly string _clientId = $"rocketaspire-proxy@{Guid.NewGuid():N}";
    private readonly Lock _gate = new();
    private HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Tells every master once; those that can't be told are told the next time.</summary>
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        var topics = clients.TransactionTopics();
        var gone = Exchange(topics);
        if (topics.Count == 0 && gone.Count == 0) return;
        try
        {
            var masters = await cluster.MastersAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(masters.Select(address => TellAsync(address, topics, gone, cancellationToken))).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            Log.ProducersNotTold(logger, "name servers", e.Message);
        }
    }

    /// <summary>The topics that nobody sends to any more.</summary>
    private List<string> Exchange(IReadOnlyCollection<string> topics)
    {
        lock (_gate)
        {
            List<string> gone = [.. _told.Except(topics, StringComparer.Ordinal)];
            _told = new(topics, StringComparer.Ordinal);
            return gone;
        }
    }

    private async Task TellAsync(string address, IReadOnlyCollection<string> topics, List<string> gone, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var part in topics.Chunk(MaxGroupsAtOnce))
                await AskAsync(address, RequestCode.HeartBeat, null, new HeartbeatData { ClientId = _clientId, Producers = part }.Encode(), cancellationToken).ConfigureAwait(false);
            foreach (var topic in gone)
                await AskAsync(address, RequestCode.UnregisterClient, new UnregisterClientRequestHeader(_clientId, topic, null).ToExtFields(), default, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            Log.ProducersNotTold(logger, address, e.Message);
        }
    }

    private async Task AskAsync(string address, int code, ExtFields? fields, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        await cluster.AskAsync(address, RemotingCommand.CreateRequest(code, fields, body), options.SendTimeout, cancellationToken).ConfigureAwait(false);
}
