using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>A topic's queues on all brokers, as the name servers tell; a broker without name servers knows its own only.</summary>
internal sealed class TopicQueues(RemotingClient client, TopicConfigTable topics, BrokerAddress address, BrokerConfiguration configuration, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, (IReadOnlyList<MessageQueue> Queues, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>The readable queues, sorted; null when nobody knows the topic.</summary>
    public async ValueTask<IReadOnlyList<MessageQueue>?> GetAsync(string topic, CancellationToken cancellationToken)
    {
        if (configuration.Current.NameServers.Count == 0) return Own(topic);
        if (_known.TryGetValue(topic, out var known) && time.GetElapsedTime(known.At) < MaxAge) return known.Queues;
        foreach (var nameServer in configuration.Current.NameServers)
        {
            if (await AskAsync(nameServer, topic, cancellationToken).ConfigureAwait(false) is not { } answer) continue;
            if (answer.Code == ResponseCode.TopicNotExist)
            {
                _known.TryRemove(topic, out _);
                return null;
            }

            if (answer.Code != ResponseCode.Success) continue;
            var queues = Sorted(TopicRouteData.Decode(answer.Body.Span).QueueDatas.Where(static data => (data.Perm & PermName.Read) != 0)
                .SelectMany(data => Enumerable.Range(0, data.ReadQueueNums).Select(id => new MessageQueue(topic, data.BrokerName, id))));
            _known[topic] = (queues, time.GetTimestamp());
            return queues;
        }

        // While no name server answers, what was known goes on serving.
        return known.Queues;
    }

    private async Task<RemotingCommand?> AskAsync(string nameServer, string topic, CancellationToken cancellationToken)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.GetRouteinfoByTopic, new ExtFields { { "topic", topic }, { "acceptStandardJsonOnly", true } });
        try
        {
            return await client.InvokeAsync(nameServer, request, Timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException)
        {
            return null;
        }
    }

    private List<MessageQueue>? Own(string topic) =>
        topics.Find(topic) is { } config ? Sorted(Enumerable.Range(0, config.ReadQueueNums).Select(id => new MessageQueue(topic, address.BrokerName, id))) : null;

    private static List<MessageQueue> Sorted(IEnumerable<MessageQueue> queues) =>
        [.. queues.OrderBy(static queue => queue.BrokerName, StringComparer.Ordinal).ThenBy(static queue => queue.QueueId)];
}
