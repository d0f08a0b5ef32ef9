using RocketAspire.Client;
using RocketAspire.Console.Access;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Cluster;

/// <summary>A change was asked of a console that is started with --read-only true.</summary>
public sealed class ReadOnlyException() : RocketMQException("this console only reads: it was started with --read-only true")
{
    public override string Advice => "start it without --read-only to change things";
}

/// <summary>A reader, or somebody whose session is over, asked for a change.</summary>
public sealed class NotAllowedException(string? user) : RocketMQException(user is null ? "nobody is signed in" : $"{user} may look at everything and change nothing")
{
    public override string Advice => "ask for the role admin in the file that --auth names; it counts at once";
}

/// <summary>Every change that pages can make goes through here: one place that refuses when changes aren't allowed, and that tells the log.</summary>
public sealed class ClusterActions(ConsoleOptions options, CurrentUser user, ClusterGateway gateway, ClusterPoller poller, ILogger<ClusterActions> logger)
{
    private const string ProducerGroup = "ROCKETASPIRE_CONSOLE";

    public bool MayChange => !options.ReadOnly && user.MayChange;

    /// <param name="topic">Its new settings.</param>
    /// <param name="brokers">Only there; null for all.</param>
    /// <param name="opened">By broker, what the form was opened with; none of a new topic.</param>
    /// <exception cref="ChangedMeanwhileException">It is different now: nothing was saved.</exception>
    public Task SaveTopicAsync(TopicConfig topic, IReadOnlyCollection<string>? brokers, IReadOnlyDictionary<string, TopicConfig> opened) =>
        ChangeAsync($"topic {topic.TopicName} saved", () => EditGuard.TopicAsync(gateway.Admin, topic.TopicName, opened, () => gateway.Admin.Topics.CreateOrUpdateAsync(topic, brokers)));

    public Task DeleteTopicAsync(string topic) => ChangeAsync($"topic {topic} deleted", () => gateway.Admin.Topics.DeleteAsync(topic));

    /// <param name="group">Its new settings.</param>
    /// <param name="opened">By broker, what the form was opened with; none of a new group.</param>
    /// <exception cref="ChangedMeanwhileException">It is different now: nothing was saved.</exception>
    public Task SaveGroupAsync(SubscriptionGroupConfig group, IReadOnlyDictionary<string, SubscriptionGroupConfig> opened) =>
        ChangeAsync($"group {group.GroupName} saved", () => EditGuard.GroupAsync(gateway.Admin, group.GroupName, opened, () => gateway.Admin.Groups.CreateOrUpdateAsync(group)));

    public Task DeleteGroupAsync(string group) => ChangeAsync($"group {group} deleted", () => gateway.Admin.Groups.DeleteAsync(group, withOffsets: true));

    /// <param name="topic">The topic.</param>
    /// <param name="group">The group.</param>
    /// <param name="time">Null skips all that waits.</param>
    public Task<IReadOnlyDictionary<Protocol.Bodies.MessageQueue, long>> ResetOffsetsAsync(string topic, string group, DateTimeOffset? time) =>
        ChangeAsync($"group {group} moved in topic {topic}", () => gateway.Admin.Groups.ResetOffsetsAsync(topic, group, time));

    public Task SaveBrokerConfigAsync(string address, IReadOnlyDictionary<string, string> settings) =>
        ChangeAsync($"settings of {address} changed: {string.Join(", ", settings.Keys)}", () => gateway.Admin.Brokers.UpdateConfigAsync(address, settings));

    public Task SetWritableAsync(string brokerName, bool mayWrite) =>
        ChangeAsync($"{brokerName} {(mayWrite ? "may be written to" : "may not be written to")}", () => gateway.Admin.Brokers.SetWritableAsync(brokerName, mayWrite));

    public Task<SendResult> SendAsync(RocketMQMessage message) => ChangeAsync($"a message sent to topic {message.Topic}", () => SendToAnyAsync(message));

    /// <summary>How this console asks which cluster, once that has answered when asked so; the cluster isn't changed, but what all others at this console see is.</summary>
    public Task SwitchAsync(ClusterTarget target) => ChangeAsync($"the console asks {target}", async () =>
    {
        await gateway.TestAsync(target).ConfigureAwait(false);
        gateway.Switch(target);
    });

    /// <summary>Leaves a name server out: the others are asked already, so nothing is tested.</summary>
    public Task LeaveNameServerAsync(string address) => ChangeAsync($"name server {address} isn't asked any more", () =>
    {
        gateway.Switch(gateway.Target with { NameServers = [.. gateway.NameServers.Where(other => other != address)] });
        return Task.CompletedTask;
    });

    public Task SaveAccountAsync(CreateAccessConfigRequestHeader account) => ChangeAsync($"account {account.AccessKey} saved", () => gateway.Admin.Acl.CreateOrUpdateAccountAsync(account));

    public Task DeleteAccountAsync(string accessKey) => ChangeAsync($"account {accessKey} deleted", () => gateway.Admin.Acl.DeleteAccountAsync(accessKey));

    public Task SetWhiteAddressesAsync(IReadOnlyCollection<string> addresses) =>
        ChangeAsync($"addresses that need no account are {(addresses.Count == 0 ? "none" : string.Join(", ", addresses))}", () => gateway.Admin.Acl.SetWhiteAddressesAsync(addresses));

    private async Task<SendResult> SendToAnyAsync(RocketMQMessage message)
    {
        var route = await gateway.Admin.GetRouteAsync(message.Topic).ConfigureAwait(false) ?? throw new RocketMQTopicNotFoundException(message.Topic);
        var queues = WritableQueues.Of(message.Topic, route);
        if (queues.Count == 0) throw new RocketMQBrokerNotFoundException(null);
        var queue = WritableQueues.Choose(queues, message.ShardingKey);
        var master = route.BrokerDatas.First(broker => broker.BrokerName == queue.BrokerName).MasterAddress!;
        return await new MessageSender(gateway.Connection, ProducerGroup).SendAsync(master, queue, message).ConfigureAwait(false);
    }

    private async Task ChangeAsync(string change, Func<Task> make) => await ChangeAsync(change, async () =>
    {
        await make().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);

    /// <summary>Makes a change that is told to the log; refused when changes aren't allowed.</summary>
    public async Task<T> ChangeAsync<T>(string change, Func<Task<T>> make)
    {
        if (options.ReadOnly) throw new ReadOnlyException();
        if (!user.MayChange) throw new NotAllowedException(user.Name);
        try
        {
            var result = await make().ConfigureAwait(false);
            Log.Changed(logger, user.Name is { } name ? $"{name}: {change}" : change);
            return result;
        }
        finally
        {
            // Also after a failure: part of it may have been done.
            poller.Poke();
        }
    }
}
