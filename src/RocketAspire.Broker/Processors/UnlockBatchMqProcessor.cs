using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UNLOCK_BATCH_MQ (42): a client gives queues back.</summary>
public sealed class UnlockBatchMqProcessor(QueueLockTable locks) : IRequestProcessor
{
    public int Code => RequestCode.UnlockBatchMq;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        try
        {
            var body = LockBatchBody.Decode(request.Body.Span);
            if (body.ConsumerGroup.Length == 0 || body.ClientId.Length == 0)
            {
                return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, "consumerGroup and clientId must be given"));
            }

            locks.Unlock(body.ConsumerGroup, body.ClientId, body.Queues);
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success));
        }
        catch (FastJsonException e)
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message));
        }
    }
}
