using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>LOCK_BATCH_MQ (41): a client asks for queues to consume in order; answered with those that it holds now.</summary>
public sealed class LockBatchMqProcessor(QueueLockTable locks) : IRequestProcessor
{
    public int Code => RequestCode.LockBatchMq;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        try
        {
            var body = LockBatchBody.Decode(request.Body.Span);
            if (body.ConsumerGroup.Length == 0 || body.ClientId.Length == 0)
            {
                return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, "consumerGroup and clientId must be given"));
            }

            var held = locks.TryLock(body.ConsumerGroup, body.ClientId, body.Queues);
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success, body: new LockedQueuesBody(held).Encode()));
        }
        catch (FastJsonException e)
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message));
        }
    }
}
