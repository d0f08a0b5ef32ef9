using System.Globalization;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>What a consumer group asks of brokers, but for messages.</summary>
internal sealed class GroupCalls(RocketMQClient client, string group)
{
    /// <summary>The members of the group, in order; null when no broker of the topic can say.</summary>
    public async ValueTask<List<string>?> MembersAsync(TopicQueues topic, CancellationToken cancellationToken)
    {
        foreach (var broker in topic.Route.BrokerDatas.OrderBy(static _ => Random.Shared.Next()))
        {
            if (client.Routes.ReaderOf(broker.BrokerName, BrokerData.MasterId) is not { } node) continue;
            try
            {
                var answer = await AskAsync(node.Address, RequestCode.GetConsumerListByGroup, new ConsumerGroupRequestHeader(group).ToExtFields(), cancellationToken).ConfigureAwait(false);
                if (answer.Code != ResponseCode.Success) continue;
                var members = Body.Read(node.Address, RequestCode.GetConsumerListByGroup, answer, ConsumerIdList.Decode).ClientIds.ToList();
                members.Sort(string.CompareOrdinal);
                return members;
            }
            catch (Exception e) when (Failures.IsCluster(e))
            {
                // Another broker may know.
            }
        }

        return null;
    }

    /// <summary>The group's progress in a queue; -1: none yet.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public async ValueTask<long> QueryOffsetAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        var address = AnyOf(queue.BrokerName);
        var answer = await AskAsync(address, RequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequestHeader(group, queue.Topic, queue.QueueId).ToExtFields(), cancellationToken).ConfigureAwait(false);
        return answer.Code == ResponseCode.QueryNotFound ? -1 : OffsetIn(answer, address, RequestCode.QueryConsumerOffset);
    }

    /// <summary>Keeps progress at the broker; where that node is gone or leads no more, at the one that a new route names.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public async ValueTask UpdateOffsetAsync(MessageQueue queue, long offset, CancellationToken cancellationToken)
    {
        var fields = new UpdateConsumerOffsetRequestHeader(group, queue.Topic, queue.QueueId, offset).ToExtFields();
        var address = AnyOf(queue.BrokerName);
        try
        {
            await DemandAsync(address, RequestCode.UpdateConsumerOffset, fields, default, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsCluster(e))
        {
            await client.Routes.RefreshAsync(queue.Topic, cancellationToken).ConfigureAwait(false);
            if (AnyOf(queue.BrokerName) is var next && next == address) throw;
            await DemandAsync(next, RequestCode.UpdateConsumerOffset, fields, default, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One past the queue's last message.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public ValueTask<long> MaxOffsetAsync(MessageQueue queue, CancellationToken cancellationToken) =>
        OffsetAsync(queue, RequestCode.GetMaxOffset, new TopicQueueRequestHeader(queue.Topic, queue.QueueId).ToExtFields(), cancellationToken);

    /// <summary>The queue's oldest message.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public ValueTask<long> MinOffsetAsync(MessageQueue queue, CancellationToken cancellationToken) =>
        OffsetAsync(queue, RequestCode.GetMinOffset, new TopicQueueRequestHeader(queue.Topic, queue.QueueId).ToExtFields(), cancellationToken);

    /// <summary>The first message stored at that time or later. Brokers before 5.0 give the one nearest to it, which may be older.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public ValueTask<long> SearchOffsetAsync(MessageQueue queue, DateTimeOffset time, CancellationToken cancellationToken) =>
        OffsetAsync(queue, RequestCode.SearchOffsetByTimestamp, new SearchOffsetRequestHeader(queue.Topic, queue.QueueId, time.ToUnixTimeMilliseconds(), "LOWER").ToExtFields(), cancellationToken);

    /// <summary>Takes or renews locks at one broker. The queues that are ours now.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public async ValueTask<HashSet<MessageQueue>> LockAsync(string brokerName, IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken)
    {
        var address = client.Routes.MasterOf(brokerName) ?? throw NoNode(brokerName);
        var body = new LockBatchBody(group, client.ClientId, [.. queues.Select(static queue => queue.ToWire())]).Encode();
        var answer = await DemandAsync(address, RequestCode.LockBatchMq, new(), body, cancellationToken).ConfigureAwait(false);
        return [.. Body.Read(address, RequestCode.LockBatchMq, answer, LockedQueuesBody.Decode).Queues.Select(MessageQueue.FromWire)];
    }

    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public async ValueTask UnlockAsync(string brokerName, IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken)
    {
        var address = client.Routes.MasterOf(brokerName) ?? throw NoNode(brokerName);
        var body = new LockBatchBody(group, client.ClientId, [.. queues.Select(static queue => queue.ToWire())]).Encode();
        await DemandAsync(address, RequestCode.UnlockBatchMq, new(), body, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks one broker of the topic whether it can filter so.</summary>
    /// <exception cref="RocketMQResponseException">It can't; the remark says why.</exception>
    public async ValueTask CheckAsync(TopicQueues topic, SubscriptionData subscription, CancellationToken cancellationToken)
    {
        foreach (var broker in topic.Route.BrokerDatas)
        {
            if (broker.MasterAddress is not { } address) continue;
            var body = new CheckClientBody(client.ClientId, group, subscription).Encode();
            try
            {
                await DemandAsync(address, RequestCode.CheckClientConfig, new(), body, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (Failures.IsTransport(e))
            {
                // Another one may be there.
            }
        }
    }

    private async ValueTask<long> OffsetAsync(MessageQueue queue, int code, ExtFields fields, CancellationToken cancellationToken)
    {
        var address = AnyOf(queue.BrokerName);
        return OffsetIn(await AskAsync(address, code, fields, cancellationToken).ConfigureAwait(false), address, code);
    }

    private string AnyOf(string brokerName) => client.Routes.ReaderOf(brokerName, BrokerData.MasterId)?.Address ?? throw NoNode(brokerName);

    private static RocketMQResponseException NoNode(string brokerName) =>
        new(brokerName, 0, ResponseCode.BrokerNotExist, "no route names a node of this group that could be asked");

    private static long OffsetIn(RemotingCommand answer, string address, int code)
    {
        if (answer.Code != ResponseCode.Success) throw new RocketMQResponseException(address, code, answer.Code, answer.Remark);
        return long.TryParse(answer.ExtFields["offset"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new RocketMQResponseException(address, code, answer.Code, "the answer has no offset");
    }

    private ValueTask<RemotingCommand> AskAsync(string address, int code, ExtFields fields, CancellationToken cancellationToken) =>
        client.Connection.AskAsync(address, Request(code, fields, default), cancellationToken);

    private ValueTask<RemotingCommand> DemandAsync(string address, int code, ExtFields fields, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        client.Connection.DemandAsync(address, Request(code, fields, body), cancellationToken);

    private RemotingCommand Request(int code, ExtFields fields, ReadOnlyMemory<byte> body) =>
        new() { Code = code, ExtFields = fields, Body = body, SerializeType = client.Connection.Options.SerializeType };
}
