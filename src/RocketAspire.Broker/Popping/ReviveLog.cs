using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Writes down check points and acknowledgements, in a topic of their own and in Apache's form; what was written last is what is so.</summary>
/// <remarks>
/// Apache's broker lets a timer put them there when their time is over and merges them then; here they are written at once, and
/// the state is what the topic says from its group's offset on. So it moves with the log to whoever leads next.
/// </remarks>
internal sealed class ReviveLog(MessageWriter writer, BrokerAddress address, BrokerConfiguration configuration, TimeProvider time)
{
    public string Topic { get; } = PopTopics.ReviveLog(address.ClusterName);

    /// <summary>One queue's check points stay in one queue of the log, in their order.</summary>
    public int QueueOf(string topic, string group, int queueId) =>
        (JavaString.Continue(JavaString.Continue(JavaString.HashCode(topic), "@" + group), "@" + queueId.ToString(CultureInfo.InvariantCulture)) & int.MaxValue)
        % configuration.Current.Pop.ReviveQueueNum;

    public AppendResult Write(PopCheckPointBody checkPoint, int queue) => Append(
        queue, PopCheckPointBody.Tag, checkPoint.Encode(),
        string.Create(CultureInfo.InvariantCulture, $"{checkPoint.Topic}@{checkPoint.QueueId}@{checkPoint.StartOffset}@{checkPoint.Group}@{checkPoint.PopTime}@{checkPoint.BrokerName}@ck"));

    public AppendResult Write(CheckPointKey key, IReadOnlyList<long> offsets, int queue)
    {
        var ack = new PopAckBody
        {
            Topic = key.Topic,
            Group = key.Group,
            QueueId = key.QueueId,
            StartOffset = key.StartOffset,
            PopTime = key.PopTime,
            AckOffsets = offsets,
            BrokerName = address.BrokerName,
        };
        return Append(
            queue, ack.TagOf, ack.Encode(),
            string.Create(CultureInfo.InvariantCulture, $"{key.Topic}@{key.QueueId}@{string.Join(',', offsets)}@{key.Group}@{key.PopTime}@{address.BrokerName}@{ack.TagOf}"));
    }

    private AppendResult Append(int queue, string tag, byte[] body, string uniqueId) => writer.Append(new MessageRecord
    {
        Topic = Topic,
        QueueId = queue,
        BornTimestamp = time.GetUtcNow().ToUnixTimeMilliseconds(),
        BornHost = address.Host,
        StoreHost = address.Host,
        Body = body,
        Properties = Encoding.UTF8.GetBytes($"{MessageProperties.Tags}\u0001{tag}\u0002{MessageProperties.UniqKey}\u0001{uniqueId}"),
    });
}
