using System.Globalization;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Console.Cluster;

/// <summary>What is to be changed isn't any more what the form was opened with.</summary>
public sealed class ChangedMeanwhileException(string what, string difference) : RocketMQException($"{what} was changed by somebody else meanwhile, and nothing was saved: {difference}")
{
    public override string Advice => "look at the new values, and make your change again if it is still wanted";
}

/// <summary>
/// Sees to it that of two who edit one thing the later is told. RocketMQ has no change that depends on what was there before: what is there is read
/// just before it is written, and within this console one edit goes after the other.
/// </summary>
internal static class EditGuard
{
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);

    /// <param name="opened">By broker, as the form was opened with; none of a topic that is to be made.</param>
    /// <exception cref="ChangedMeanwhileException">It is different now.</exception>
    public static Task TopicAsync(RocketMQAdmin admin, string name, IReadOnlyDictionary<string, TopicConfig> opened, Func<Task> save) => GuardAsync(
        $"topic {name}", opened, async () => (await admin.Topics.ListAsync().ConfigureAwait(false)).FirstOrDefault(topic => topic.Name == name)?.Configs, Describe, save);

    /// <param name="opened">By broker, as the form was opened with; none of a group that is to be made.</param>
    /// <exception cref="ChangedMeanwhileException">It is different now.</exception>
    public static Task GroupAsync(RocketMQAdmin admin, string name, IReadOnlyDictionary<string, SubscriptionGroupConfig> opened, Func<Task> save) => GuardAsync(
        $"group {name}", opened, async () => (await admin.Groups.ListAsync().ConfigureAwait(false)).FirstOrDefault(group => group.Name == name)?.Configs, Describe, save);

    /// <summary>Null when both are the same, else what differs, in one line.</summary>
    public static string? Difference<T>(IReadOnlyDictionary<string, T> opened, IReadOnlyDictionary<string, T>? now, Func<T, string> describe) where T : class
    {
        if (now is null or { Count: 0 }) return opened.Count == 0 ? null : "it was deleted";
        if (opened.Count == 0) return $"it was made, {describe(now.Values.First())}";
        foreach (var broker in opened.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (before, after) = (opened.GetValueOrDefault(broker), now.GetValueOrDefault(broker));
            if (Equals(before, after)) continue;
            return $"on {broker} it was {(before is null ? "not there" : describe(before))}, and is {(after is null ? "not there" : describe(after))}";
        }

        return null;
    }

    public static string Describe(TopicConfig topic) => string.Create(
        CultureInfo.InvariantCulture, $"read queues {topic.ReadQueueNums}, write queues {topic.WriteQueueNums}, permission {topic.Perm}{(topic.Order ? ", ordered" : "")}{Attributes(topic.Attributes)}");

    public static string Describe(SubscriptionGroupConfig group) => string.Create(
        CultureInfo.InvariantCulture, $"retries {group.RetryMaxTimes}, retry queues {group.RetryQueueNums}, {(group.ConsumeEnable ? "consuming" : "not consuming")}, {(group.ConsumeBroadcastEnable ? "with" : "without")} broadcast{(group.ConsumeMessageOrderly ? ", in order" : "")}{Attributes(group.Attributes)}");

    private static string Attributes(IReadOnlyDictionary<string, string>? attributes) => attributes is { Count: > 0 } ? ", " + string.Join(' ', attributes.Select(static pair => $"{pair.Key}={pair.Value}")) : "";

    private static async Task GuardAsync<T>(string what, IReadOnlyDictionary<string, T> opened, Func<Task<IReadOnlyDictionary<string, T>?>> read, Func<T, string> describe, Func<Task> save) where T : class
    {
        await OneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Difference(opened, await read().ConfigureAwait(false), describe) is { } difference) throw new ChangedMeanwhileException(what, difference);
            await save().ConfigureAwait(false);
        }
        finally
        {
            OneAtATime.Release();
        }
    }
}
