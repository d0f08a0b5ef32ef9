using System.Text;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>UPDATE_NAMESRV_CONFIG (318). Unlike Apache's, a key that nothing here reads is refused, not ignored.</summary>
internal sealed class UpdateConfigProcessor(SettingsTable settings, ILogger logger) : IRequestProcessor
{
    private static readonly string[] Fixed = ["configBlackList", "configStorePath", "kvConfigPath", "rocketmqHome"];

    public int Code => RequestCode.UpdateNamesrvConfig;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var changes = PropertiesFile.Parse(Encoding.UTF8.GetString(request.Body.Span)).Lines.Select(static line => KeyValuePair.Create(line.Key, line.Value)).ToList();
        if (changes.Any(static change => Fixed.Contains(change.Key)))
            return request.CreateResponse(ResponseCode.NoPermission, "Can not update config in black list.");
        if (await settings.ChangeAsync(changes, cancellationToken).ConfigureAwait(false) is { } problem) return Answers.Refused(request, problem);
        Log.SettingsChanged(logger, connection.RemoteAddress, string.Join(", ", changes.Select(static change => $"{change.Key}={change.Value}")));
        return Answers.Ok(request);
    }
}
