using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_ASSIGNMENT (400): the broker shares out the queues of all brokers among a group's consumers, and says whether to pull or to pop them.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/QueryAssignmentProcessor.java</remarks>
internal sealed class QueryAssignmentProcessor(RequestModeTable modes, TopicQueues queues, ConsumerGroupTable consumers, BrokerConfiguration configuration) : IRequestProcessor
{
    public int Code => RequestCode.QueryAssignment;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        try
        {
            var query = QueryAssignmentBody.Decode(request.Body.Span);
            var mode = modes.Get(query.Topic, query.ConsumerGroup);
            var all = await queues.GetAsync(query.Topic, cancellationToken).ConfigureAwait(false);
            var own = all is null ? null : Allocate(query, mode, all);
            var answer = new QueryAssignmentAnswer(own?.ConvertAll(queue => new QueueAssignment(queue, mode.Mode)));
            return request.CreateResponse(ResponseCode.Success, body: answer.Encode());
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message);
        }
    }

    /// <summary>Null when it can't be told: the consumer then keeps what it has.</summary>
    private List<MessageQueue>? Allocate(QueryAssignmentBody query, MessageRequestMode mode, IReadOnlyList<MessageQueue> all)
    {
        if (query.MessageModel == "BROADCASTING" || !configuration.Current.Pop.ServerLoadBalancerEnable) return [.. all];
        var clients = consumers.ClientIds(query.ConsumerGroup);
        if (clients.Count == 0) return null;
        clients.Sort(StringComparer.Ordinal);
        return mode.Mode == MessageRequestMode.Pop
            ? QueueAllocation.AllocateForPop(query.StrategyName, query.ClientId, all, clients, mode.PopShareQueueNum)
            : QueueAllocation.Allocate(query.StrategyName, query.ClientId, all, clients);
    }
}
