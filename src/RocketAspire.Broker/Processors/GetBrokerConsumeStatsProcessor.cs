using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_BROKER_CONSUME_STATS (317): all groups with their places in all their topics.</summary>
public sealed class GetBrokerConsumeStatsProcessor(ConsumeStatsReader reader, SubscriptionGroupTable groups, ConsumerOffsetTable offsets, BrokerAddress address) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerConsumeStats;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<GetConsumeStatsInBrokerRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var all = new List<KeyValuePair<string, IReadOnlyList<ConsumeStats>>>();
        var behind = 0L;
        foreach (var group in groups.Names)
        {
            var ofGroup = new List<ConsumeStats>();
            foreach (var topic in offsets.TopicsOf(group))
            {
                if (reader.Read(group, topic, header.IsOrder) is not { } stats) continue;
                ofGroup.Add(stats);
                foreach (var (_, offset) in stats.Queues) behind += offset.BrokerOffset - offset.ConsumerOffset;
            }

            all.Add(new(group, ofGroup));
        }

        return request.CreateResponse(ResponseCode.Success, body: new ConsumeStatsList(address.Text, all, behind).Encode(StandardJson.IsWanted(request)));
    }
}
