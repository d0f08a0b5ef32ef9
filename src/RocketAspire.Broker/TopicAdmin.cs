using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Changes to topics on request: checked, safe and told to the name servers before the answer.</summary>
public sealed class TopicAdmin(
    TopicConfigTable topics, ConsumerOffsetTable offsets, TableCommits commits, NameServerRegistration registration, MessageStore store, IReplication replication,
    BrokerConfiguration configuration)
{
    public const string SlaveRemark = "Can't modify topic or subscription group from slave broker, please execute it from master broker.";

    // Long enough for any name server that is well; the topic is safe before.
    private static readonly TimeSpan RegistrationWait = TimeSpan.FromSeconds(1);

    // Confirmed as a message is, and a folder deleted for each queue.
    private static readonly TimeSpan DeletionWait = TimeSpan.FromSeconds(5);

    // Apache has no limit; a typing error must not create a million queue folders.
    private const int MaxQueueNums = 65_536;

    public async ValueTask<Refusal?> PutAsync(List<TopicConfig> configs, CancellationToken cancellationToken)
    {
        if (configuration.IsSlave) return new(ResponseCode.SystemError, SlaveRemark);
        for (var i = 0; i < configs.Count; i++)
        {
            var config = configs[i];
            if (Check(config.TopicName) is { } refusal) return refusal;
            if (config.ReadQueueNums is < 0 or > MaxQueueNums || config.WriteQueueNums is < 0 or > MaxQueueNums)
            {
                return new(ResponseCode.SystemError, $"topic {config.TopicName}: {config.ReadQueueNums} read and {config.WriteQueueNums} write queues are not within 0 to {MaxQueueNums}");
            }

            if (ChangeAttributes(config, out var changed) is { } wrong) return new(ResponseCode.SystemError, wrong);
            configs[i] = changed;
        }

        if (commits.Topics.Begin(out var ticket) is { } notHere) return notHere;
        topics.Put([.. configs]);
        if (await commits.Topics.CommitAsync(ticket).ConfigureAwait(false) is { } failed) return failed;
        await registration.FlushAsync(RegistrationWait, cancellationToken).ConfigureAwait(false);
        return null;
    }

    public async ValueTask<Refusal?> DeleteAsync(string topic, CancellationToken cancellationToken)
    {
        if (configuration.IsSlave) return new(ResponseCode.SystemError, SlaveRemark);
        if (Check(topic) is { } refusal) return refusal;
        // Also when the topic is unknown: an earlier request may have come no further.
        var hasQueues = store.Queues.Any(queue => queue.Topic == topic);
        var mayWrite = replication.AcceptsWrites(out var reason);
        if (hasQueues && !mayWrite) return new(ResponseCode.ServiceNotAvailable, reason);
        if (commits.Topics.Begin(out var ticket) is { } notHere) return notHere;
        if (commits.ConsumerOffsets.Begin(out var offsetsTicket) is { } offsetsNotHere) return offsetsNotHere;
        var removed = topics.Remove(topic);
        if (await commits.Topics.CommitAsync(ticket).ConfigureAwait(false) is { } failed) return failed;
        if (removed)
        {
            // A topic of that name that comes later must not begin where this one was left.
            offsets.RemoveTopic(topic);
            if (await commits.ConsumerOffsets.CommitAsync(offsetsTicket).ConfigureAwait(false) is { } offsetsFailed) return offsetsFailed;
        }

        // Last, so that no send that knew the topic comes behind it.
        if (mayWrite && (removed || hasQueues) && await DeleteQueuesAsync(topic, cancellationToken).ConfigureAwait(false) is { } remain) return remain;
        await registration.FlushAsync(RegistrationWait, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async ValueTask<Refusal?> DeleteQueuesAsync(string topic, CancellationToken cancellationToken)
    {
        var record = store.Deletion.Begin(topic);
        if (!record.IsOk) return new(ResponseCode.SystemError, $"the topic {topic} is deleted, its queues are not: {record.Status}");
        try
        {
            return await store.Deletion.CompleteAsync(record, DeletionWait, cancellationToken).ConfigureAwait(false)
                ? null
                : new(ResponseCode.SystemError, $"the topic {topic} is deleted, its queues are not yet");
        }
        catch (StoreException e)
        {
            return new(ResponseCode.SystemError, $"the topic {topic} is deleted, its queues are not: {e.Message}");
        }
    }

    /// <summary>What is asked for are changes, <c>+key</c> and <c>-key</c>; a topic holds what comes out.</summary>
    private string? ChangeAttributes(TopicConfig asked, out TopicConfig changed)
    {
        changed = asked;
        var known = topics.Find(asked.TopicName);
        if (TopicAttributes.TryChange(known?.Attributes, asked.Attributes ?? [], known is null, out var attributes) is { } wrong) return wrong;
        // Said so rather than forgotten: such a topic would not behave as its name says.
        if (attributes?.GetValueOrDefault(TopicAttributes.QueueType) == "BatchCQ") return "queue.type BatchCQ is not supported by this broker";
        if (attributes?.GetValueOrDefault(TopicAttributes.CleanupPolicy) == "COMPACTION") return "cleanup.policy COMPACTION is not supported by this broker";
        changed = asked with { Attributes = attributes };
        return null;
    }

    private Refusal? Check(string topic)
    {
        if (TopicNames.WhyInvalidTopic(topic) is { } invalid) return new(ResponseCode.SystemError, invalid);
        return topics.IsSystem(topic) ? new(ResponseCode.SystemError, $"The topic[{topic}] is conflict with system topic.") : null;
    }
}
