using RocketAspire.Protocol.Bodies;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>QueryAssignment: what a push consumer is to receive from: each broker, or for an ordered group each queue.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/route/RouteActivity.java</remarks>
internal sealed class QueryAssignmentCall(ClusterView cluster, QueryRouteCall routes)
{
    public async Task<QueryAssignmentResponse> AnswerAsync(CallContext call, QueryAssignmentRequest request)
    {
        if ((Checks.Topic(request.Topic) ?? Checks.Group(request.Group)) is { } wrong) return new() { Status = wrong };
        var route = await cluster.RouteAsync(request.Topic.Name, call.Ended).ConfigureAwait(false);
        var isOrdered = await cluster.GroupAsync(request.Group.Name, call.Ended).ConfigureAwait(false) is { ConsumeMessageOrderly: true };
        var response = new QueryAssignmentResponse();
        foreach (var queues in route.Data.QueueDatas.Where(static queues => (queues.Perm & PermName.Read) != 0 && queues.ReadQueueNums > 0))
        {
            var master = QueryRouteCall.BrokersOf(route, queues.BrokerName, routes.EndpointsFor(call, request.Endpoints)).FirstOrDefault(static broker => broker.Id == BrokerData.MasterId);
            if (master is null) continue;
            foreach (var id in isOrdered ? Enumerable.Range(0, queues.ReadQueueNums) : [-1])
            {
                response.Assignments.Add(new Assignment
                {
                    MessageQueue = new V2.MessageQueue { Topic = request.Topic, Id = id, Permission = QueryRouteCall.PermissionOf(queues.Perm), Broker = master },
                });
            }
        }

        response.Status = response.Assignments.Count > 0 ? Statuses.Ok : Statuses.Of(Code.Forbidden, "no readable queue");
        return response;
    }
}
