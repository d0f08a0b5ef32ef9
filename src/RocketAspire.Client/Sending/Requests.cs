using System.Globalization;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Request-reply: a request carries who waits for its reply; the broker that gets the reply pushes it to that client.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/utils/MessageUtil.java</remarks>
internal sealed class Requests(RocketMQClient client, RocketMQProducerOptions options, MessagePacker packer, MessageDispatch dispatch)
{
    /// <exception cref="RocketMQRequestTimeoutException">No reply in time.</exception>
    public async ValueTask<RocketMQReceivedMessage> AskAsync(RocketMQMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = client.Time.GetTimestamp();
        await BeKnownAsync(Namespaces.Wrap(options.Namespace, request.Topic), cancellationToken).ConfigureAwait(false);
        var correlation = Guid.NewGuid().ToString();
        var message = packer.Pack(request);
        message.Properties.Add(new(MessageProperties.CorrelationId, correlation));
        message.Properties.Add(new(MessageProperties.ReplyToClient, client.ClientId));
        message.Properties.Add(new(MessageProperties.Ttl, ((long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
        var reply = client.Replies.Add(correlation).Task;
        try
        {
            var choice = request.ShardingKey is { } key ? QueueChoice.ByKey(key) : QueueChoice.InTurn;
            await dispatch.SendAsync(message, choice, SendKind.Request, cancellationToken).ConfigureAwait(false);
            var left = timeout - client.Time.GetElapsedTime(started);
            return await reply.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, client.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RocketMQRequestTimeoutException(request.Topic, correlation, timeout);
        }
        finally
        {
            client.Replies.Remove(correlation);
        }
    }

    /// <exception cref="ArgumentException">The message is no request.</exception>
    public ValueTask<SendResult> ReplyAsync(RocketMQReceivedMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var cluster = request.Property(MessageProperties.Cluster);
        var asker = request.Property(MessageProperties.ReplyToClient);
        var correlation = request.Property(MessageProperties.CorrelationId);
        if (cluster is null || asker is null || correlation is null) throw new ArgumentException($"message {request.MessageId} is no request: it doesn't say who waits for a reply", nameof(request));
        var packed = packer.Pack(new RocketMQMessage($"{cluster}_{TopicNames.ReplyPostfix}", body));
        packed.Properties.Add(new(MessageProperties.MessageType, "reply"));
        packed.Properties.Add(new(MessageProperties.CorrelationId, correlation));
        packed.Properties.Add(new(MessageProperties.ReplyToClient, asker));
        if (request.Property(MessageProperties.Ttl) is { } ttl) packed.Properties.Add(new(MessageProperties.Ttl, ttl));
        var reply = new OutgoingMessage
        {
            // The broker's own topic, which has no namespace.
            Topic = $"{cluster}_{TopicNames.ReplyPostfix}",
            Id = packed.Id,
            Messages = packed.Messages,
            Body = packed.Body,
            SysFlag = packed.SysFlag,
            Properties = packed.Properties,
            IsReply = true,
        };
        // The broker that has the request knows who asked.
        return dispatch.SendAsync(reply, QueueChoice.Near(request.Queue.BrokerName), SendKind.Reply, cancellationToken);
    }

    /// <summary>Brokers that just became known must know this client before a reply comes to them.</summary>
    private async ValueTask BeKnownAsync(string topic, CancellationToken cancellationToken)
    {
        if (client.Routes.IsKnown(topic)) return;
        await client.Routes.RefreshAsync(topic, cancellationToken).ConfigureAwait(false);
        await client.Heartbeats.BeatAsync(cancellationToken).ConfigureAwait(false);
    }
}
