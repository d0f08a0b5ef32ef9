using System.Text;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_NAMESRV_CONFIG (319), as properties lines.</summary>
internal sealed class GetConfigProcessor(SettingsTable settings) : IRequestProcessor
{
    public int Code => RequestCode.GetNamesrvConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        new(Answers.Ok(request, Encoding.UTF8.GetBytes(settings.Describe())));
}
