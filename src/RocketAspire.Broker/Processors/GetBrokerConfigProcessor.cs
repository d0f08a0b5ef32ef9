using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_BROKER_CONFIG (26): all settings in force, as properties.</summary>
public sealed class GetBrokerConfigProcessor(BrokerConfiguration configuration, TimeProvider time) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private readonly long _startedAt = time.GetUtcNow().ToUnixTimeMilliseconds();

    private RemotingCommand Process(RemotingCommand request)
    {
        var settings = BrokerSettings.Read(configuration.Current.File, out _);
        var all = settings.InForce();
        // Everybody may ask for the settings.
        all.Remove(TlsConf.ServerKeyPassword.Name);
        all.Remove(TlsConf.ClientKeyPassword.Name);
        var body = Encoding.UTF8.GetBytes(PropertiesFile.Write(all));
        var response = request.CreateResponse(ResponseCode.Success, body: body);
        response.ExtFields.Add("version", Encoding.UTF8.GetString(new DataVersion(_startedAt, configuration.Changes).Encode()));
        return response;
    }
}
