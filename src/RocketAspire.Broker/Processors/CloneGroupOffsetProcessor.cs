using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>CLONE_GROUP_OFFSET (314): a group goes on where another one is.</summary>
public sealed class CloneGroupOffsetProcessor(
    TopicConfigTable topics, ConsumerOffsetTable offsets, ConsumerGroupTable consumers, ITableCommit commit, BrokerConfiguration configuration) : IRequestProcessor
{
    public int Code => RequestCode.CloneGroupOffset;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<CloneGroupOffsetRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        // A slave's offsets are its master's.
        if (configuration.Current.IsSlave) return request.CreateResponse(ResponseCode.SystemError, TopicAdmin.SlaveRemark);
        if (commit.Begin(out var ticket) is { } notHere) return request.CreateResponse(notHere.Code, notHere.Remark);
        foreach (var topic in string.IsNullOrWhiteSpace(header.Topic) ? offsets.TopicsOf(header.SrcGroup) : [header.Topic])
        {
            if (topics.Find(topic) is null) continue;
            if (!header.Offline && consumers.SubscriptionCount(header.SrcGroup) > 0 && consumers.FindSubscription(header.SrcGroup, topic, out _) is null) continue;
            foreach (var (queueId, offset) in offsets.Offsets(header.SrcGroup, topic)) offsets.Commit(header.DestGroup, topic, queueId, offset);
        }

        return await commit.CommitAsync(ticket).ConfigureAwait(false) is { } failed
            ? request.CreateResponse(failed.Code, failed.Remark)
            : request.CreateResponse(ResponseCode.Success);
    }
}
