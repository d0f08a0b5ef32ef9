using Microsoft.Extensions.Logging;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>REGISTER_BROKER (103): a node's addresses and topics; slaves learn their master from the answer.</summary>
internal sealed class RegisterBrokerProcessor(RouteTable routes, KvConfigTable kv, SettingsTable settings, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.RegisterBroker;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (name, address, cluster) = (fields.Text("brokerName"), fields.Text("brokerAddr"), fields.Text("clusterName"));
        var id = fields.Int64("brokerId");
        var heartbeatMs = fields.Int64OrNull("heartbeatTimeoutMillis");
        var crc = fields.Int32OrNull("bodyCrc32") ?? 0;
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        if (name.Length == 0 || address.Length == 0 || cluster.Length == 0 || id < 0)
            return new(Answers.Refused(request, $"brokerName '{name}', brokerAddr '{address}', clusterName '{cluster}' and brokerId {id} must all be given"));
        if (crc != 0 && crc != RegisterBrokerBody.Checksum(request.Body.Span))
        {
            Log.ChecksumMismatch(logger, connection.RemoteAddress);
            return new(Answers.Refused(request, "crc32 not match"));
        }

        RegisterBrokerBody body;
        try
        {
            body = request.Body.IsEmpty ? new() : RegisterBrokerBody.Decode(request.Body.Span, fields.Boolean("compressed"));
        }
        catch (FormatException e)
        {
            return new(Answers.Refused(request, "the body can't be read: " + e.Message));
        }

        var result = routes.Register(new BrokerRegistration
        {
            Cluster = cluster,
            Address = address,
            BrokerName = name,
            BrokerId = id,
            HaServerAddress = fields.TextOrNull("haServerAddr") ?? "",
            ZoneName = fields.TextOrNull("__ZONE_NAME"),
            HeartbeatTimeout = heartbeatMs is > 0 and <= int.MaxValue ? TimeSpan.FromMilliseconds(heartbeatMs.Value) : null,
            EnableActingMaster = fields.TextOrNull("enableActingMaster") is null ? null : fields.Boolean("enableActingMaster"),
            Topics = body.TopicConfigs,
            MayBeSingleTopic = request.Version >= RocketMQVersion.V5_0_0,
            FilterServers = body.FilterServers,
            Connection = connection,
        });
        if (!result.Accepted) return new(Answers.Refused(request, "register broker failed"));

        var answer = request.CreateResponse(ResponseCode.Success);
        answer.ExtFields.Add("haServerAddr", result.HaServerAddress);
        answer.ExtFields.Add("masterAddr", result.MasterAddress);
        if (settings.Current.ReturnOrderTopicConfigToBroker && kv.List(KvConfigTable.OrderTopicConfig) is { } order) answer.Body = order.Encode();
        return new(answer);
    }
}
