using RocketAspire.Client;
using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Messages;
using RocketAspire.Remoting;

namespace RocketAspire.Console.Messages;

/// <summary>To whom a message goes when it is sent again.</summary>
public enum ResendTarget
{
    /// <summary>To the topic that it was sent to: all groups get it.</summary>
    Topic,

    /// <summary>To the retry topic of the group that gave it up: that group alone gets it.</summary>
    Group,
}

/// <summary>What came of sending a message again.</summary>
public enum ResendOutcome
{
    Sent,

    /// <summary>It was sent before, or is being sent now.</summary>
    WasSent,

    /// <summary>The broker didn't answer: it may have stored it.</summary>
    Uncertain,
}

/// <summary>Changes that have to do with single messages. Each goes through <see cref="ClusterActions"/>, and none is done twice.</summary>
public sealed class MessageActions(ClusterActions actions, ClusterGateway gateway, ResentMessages resent)
{
    /// <summary>How often in a row sending may fail before the rest isn't tried.</summary>
    private const int FailuresInARow = 3;

    /// <summary>Sends what a message holds once more, as a new message.</summary>
    /// <param name="record">The message.</param>
    /// <param name="target">To whom.</param>
    /// <param name="again">Also when it was sent again already.</param>
    /// <param name="cancellationToken">Doesn't stop a send that has begun.</param>
    /// <returns>What came of it, and where it is when it was sent.</returns>
    public async Task<(ResendOutcome Outcome, SendResult? Result)> ResendAsync(MessageRecord record, ResendTarget target, bool again, CancellationToken cancellationToken = default)
    {
        var message = new FoundMessage(record);
        if (message.Problem is { } problem) throw new ArgumentException(problem);
        var mark = ResentMessages.MarkOf(record);
        cancellationToken.ThrowIfCancellationRequested();
        if (!resent.TryTake(mark, again)) return (ResendOutcome.WasSent, null);
        try
        {
            var result = await actions.SendAsync(Copy(message, target)).ConfigureAwait(false);
            resent.Sent(mark);
            return (ResendOutcome.Sent, result);
        }
        catch (RemotingTimeoutException)
        {
            resent.MaybeSent(mark);
            return (ResendOutcome.Uncertain, null);
        }
        catch
        {
            resent.Release(mark);
            throw;
        }
    }

    /// <summary>Sends many again, one after the other; stops when sending fails several times in a row.</summary>
    /// <returns>Sent ones are its good ones, those that were sent before are passed over.</returns>
    public async Task ResendAsync(IAsyncEnumerable<MessageRecord> messages, ResendTarget target, bool again, LongWork work)
    {
        var failures = 0;
        await foreach (var record in messages.WithCancellation(work.Token).ConfigureAwait(false))
        {
            try
            {
                var (outcome, _) = await ResendAsync(record, target, again, work.Token).ConfigureAwait(false);
                if (outcome == ResendOutcome.Sent) work.AddGood();
                else if (outcome == ResendOutcome.WasSent) work.AddPassedOver();
                else work.Note($"{MessageId.Create(record.StoreHost, record.PhysicalOffset)}: the broker didn't answer in time; it may have stored the message, so look for it before it is sent again");
                failures = 0;
            }
            catch (Exception e) when ((ClusterReader.IsClusterFault(e) || e is ArgumentException) && e is not ReadOnlyException)
            {
                work.Note($"{MessageId.Create(record.StoreHost, record.PhysicalOffset)}: {e.Message}");
                if (++failures >= FailuresInARow) throw;
            }
        }
    }

    /// <returns>What the client said, as JSON.</returns>
    public Task<string> ConsumeDirectlyAsync(MessageRecord message, string group, string? clientId) =>
        actions.ChangeAsync($"group {group} consumes a message of topic {message.Topic} on demand", () => gateway.Admin.Messages.ConsumeDirectlyAsync(message, group, clientId));

    /// <summary>Has the broker ask again about a half message that it gave up; false when that was asked for already.</summary>
    public async Task<bool> ResumeHalfAsync(string brokerAddress, MessageRow row)
    {
        if (!resent.TryTake(row.Mark, again: false)) return false;
        try
        {
            await actions.ChangeAsync($"half message {row.Id} is asked about again", async () =>
            {
                await gateway.Admin.Messages.ResumeHalfAsync(brokerAddress, row.OffsetId).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            resent.Sent(row.Mark);
            return true;
        }
        catch (RemotingTimeoutException)
        {
            resent.MaybeSent(row.Mark);
            throw;
        }
        catch
        {
            resent.Release(row.Mark);
            throw;
        }
    }

    private static RocketMQMessage Copy(FoundMessage message, ResendTarget target)
    {
        var properties = new Dictionary<string, string>(message.OwnProperties, StringComparer.Ordinal);
        var topic = message.OriginalTopic;
        if (target == ResendTarget.Group && message.Record.Topic.StartsWith(TopicNames.DlqPrefix, StringComparison.Ordinal))
        {
            // Clients take the topic that a retry is of from this property.
            properties[MessageProperties.RetryTopic] = topic;
            topic = TopicNames.Retry(message.Record.Topic[TopicNames.DlqPrefix.Length..]);
        }

        return new RocketMQMessage(topic, message.Body)
        {
            Tag = message.Tag,
            Keys = message.Keys,
            Flag = message.Record.Flag,
            ShardingKey = message.Properties.GetValueOrDefault(MessageProperties.ShardingKey),
            Properties = properties,
        };
    }
}
