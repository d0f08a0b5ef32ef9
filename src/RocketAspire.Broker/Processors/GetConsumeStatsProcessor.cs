using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_CONSUME_STATS (208): how far a group is in each queue of its topics.</summary>
public sealed class GetConsumeStatsProcessor(ConsumeStatsReader reader, ConsumerOffsetTable offsets) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumeStats;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<GetConsumeStatsRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var queues = new List<KeyValuePair<MessageQueue, ConsumeOffset>>();
        var tps = 0.0;
        var wanted = string.IsNullOrWhiteSpace(header.Topic) ? offsets.TopicsOf(header.ConsumerGroup) : [header.Topic];
        foreach (var name in wanted)
        {
            if (reader.Read(header.ConsumerGroup, name, isOrder: false) is not { } stats) continue;
            queues.AddRange(stats.Queues);
            tps += stats.ConsumeTps;
        }

        return request.CreateResponse(ResponseCode.Success, body: new ConsumeStats(queues, tps).Encode(StandardJson.IsWanted(request)));
    }
}
