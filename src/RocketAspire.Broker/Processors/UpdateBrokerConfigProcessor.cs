using System.Text;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_BROKER_CONFIG (25): changes settings while the broker runs and writes them into its file. Ports, paths, role and names take effect at the next start.</summary>
public sealed class UpdateBrokerConfigProcessor(
    BrokerConfiguration configuration, TopicConfigTable topics, IStorageDevice device, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateBrokerConfig;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (request.Body.IsEmpty) return request.CreateResponse(ResponseCode.Success);
        var update = PropertiesFile.Parse(Encoding.UTF8.GetString(request.Body.Span));
        if (IsForbidden(update)) return request.CreateResponse(ResponseCode.NoPermission, "Can not update config in black list.");
        var before = configuration.Current;
        var merged = Merge(before.File, update);
        var settings = BrokerSettings.Read(merged, out var problems);
        foreach (var problem in problems)
        {
            // What the file held before is not this caller's doing.
            if (problem.Severity == ConfSeverity.Error && update.Get(problem.Key) is not null)
            {
                return request.CreateResponse(ResponseCode.SystemError, $"{problem.Key}: {problem.Message}");
            }
        }

        var after = BrokerOptionsReader.Policies(settings, before);
        configuration.Replace(after);
        if (before.FilePath is { } path) await new StateFile(path, device).WriteAsync(Encoding.ASCII.GetBytes(merged.Write()), cancellationToken).ConfigureAwait(false);
        if (after.BrokerPermission != before.BrokerPermission) topics.Touch();
        Log.SettingsChanged(logger, connection.RemoteAddress, string.Join(',', update.Lines.Select(static line => line.Key)));
        return request.CreateResponse(ResponseCode.Success);
    }

    private static bool IsForbidden(PropertiesFile update)
    {
        foreach (var line in update.Lines)
        {
            if (line.Key is "brokerConfigPath" or "rocketmqHome" or "configBlackList") return true;
        }

        return false;
    }

    private static PropertiesFile Merge(PropertiesFile file, PropertiesFile update)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var line in file.Lines)
        {
            if (update.Get(line.Key) is null) pairs.Add(new(line.Key, line.Value));
        }

        foreach (var line in update.Lines) pairs.Add(new(line.Key, line.Value));
        return PropertiesFile.From(pairs);
    }
}
