using System.Text;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_BROKER_CONFIG (25): changes settings while the broker runs and writes them into its file. What has to wait for the next start is told in the remark.</summary>
/// <remarks>
/// Unlike Apache's, wrong values are refused, and so is what the next start would fail with; unknown keys are ignored as there, but told.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/Configuration.java
/// </remarks>
public sealed class UpdateBrokerConfigProcessor(
    BrokerConfiguration configuration, TopicConfigTable topics, IStorageDevice device, ILogger logger) : IRequestProcessor
{
    private const int MostNotes = 20;

    private readonly SemaphoreSlim _gate = new(1, 1);

    public int Code => RequestCode.UpdateBrokerConfig;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (request.Body.IsEmpty) return request.CreateResponse(ResponseCode.Success);
        var update = PropertiesFile.Parse(Encoding.UTF8.GetString(request.Body.Span));
        if (IsForbidden(update)) return request.CreateResponse(ResponseCode.NoPermission, "Can not update config in black list.");
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ChangeAsync(connection, request, update, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<RemotingCommand> ChangeAsync(RemotingConnection connection, RemotingCommand request, PropertiesFile update, CancellationToken cancellationToken)
    {
        var known = new List<KeyValuePair<string, string>>();
        var notes = new List<string>();
        foreach (var line in update.Lines)
        {
            if (BrokerConf.Find(line.Key) is not { } key)
            {
                // Looking for what was meant takes a while each time, and a body holds a million of them.
                if (notes.Count < MostNotes) notes.Add($"{line.Key}: {UnknownKeys.Explain(line.Key, line.Value)}");
            }
            else if (key.Check(line.Value) is { } wrong) return request.CreateResponse(ResponseCode.SystemError, $"{line.Key}: {wrong}");
            else known.Add(new(line.Key, line.Value));
        }

        var before = configuration.Current;
        var merged = Merge(before.File, known);
        var settings = BrokerSettings.Read(merged, out _);

        // What the file held before is not this caller's doing.
        if (BrokerOptionsReader.Read(settings, null, before.FilePath, out var problem) is null
            && BrokerOptionsReader.Read(BrokerSettings.Read(before.File, out _), null, before.FilePath, out _) is not null)
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        foreach (var pair in known)
        {
            if (WhyNotNow(before, pair) is { } note) notes.Add(note);
        }

        var after = BrokerOptionsReader.Policies(settings, before);
        if (before.FilePath is { } path) await new StateFile(path, device).WriteAsync(Encoding.UTF8.GetBytes(merged.Write()), cancellationToken).ConfigureAwait(false);
        configuration.Replace(after);
        if (after.BrokerPermission != before.BrokerPermission) topics.Touch();
        Log.SettingsChanged(logger, connection.RemoteAddress, string.Join(',', update.Lines.Select(static line => line.Key)));
        foreach (var note in notes) Log.SettingNotInForce(logger, note);
        return request.CreateResponse(ResponseCode.Success, notes.Count == 0 ? null : string.Join("; ", notes));
    }

    /// <summary>Null when the setting is what it was, or in force from now on: the options say so themselves.</summary>
    private static string? WhyNotNow(BrokerOptions before, KeyValuePair<string, string> pair)
    {
        var key = BrokerConf.Find(pair.Key)!;
        if (pair.Value == (before.File.Get(pair.Key) ?? key.Default)) return null;
        if (!key.IsHonoured) return $"{pair.Key}: has no effect here: {key.NotHonouredBecause}";
        var settings = BrokerSettings.Read(Merge(before.File, [pair]), out _);
        var unchanged = BrokerOptionsReader.Policies(BrokerSettings.Read(before.File, out _), before);
        return BrokerOptionsReader.Policies(settings, before) with { File = unchanged.File } == unchanged ? $"{pair.Key}: takes effect at the next start" : null;
    }

    private static bool IsForbidden(PropertiesFile update)
    {
        foreach (var line in update.Lines)
        {
            if (line.Key is "brokerConfigPath" or "rocketmqHome" or "configBlackList") return true;
        }

        return false;
    }

    private static PropertiesFile Merge(PropertiesFile file, IReadOnlyList<KeyValuePair<string, string>> changes)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var line in file.Lines)
        {
            if (!changes.Any(change => change.Key == line.Key)) pairs.Add(new(line.Key, line.Value));
        }

        pairs.AddRange(changes);
        return PropertiesFile.From(pairs);
    }
}
