using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>VIEW_BROKER_STATS_DATA (315): a counter's last minute, hour and day.</summary>
public sealed class ViewBrokerStatsDataProcessor(BrokerStats stats) : IRequestProcessor
{
    public int Code => RequestCode.ViewBrokerStatsData;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ViewBrokerStatsDataRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        return ValueTask.FromResult<RemotingCommand?>(
            stats.Find(header.StatsName, header.StatsKey) is { } data
                ? request.CreateResponse(ResponseCode.Success, body: data.Encode())
                : request.CreateResponse(ResponseCode.SystemError, $"The stats <{header.StatsName}> <{header.StatsKey}> not exist"));
    }
}
