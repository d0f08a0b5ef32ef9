using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>Seeded changes of all four tables, as clients and admins make them, each answered before the next.</summary>
internal static class MetadataLife
{
    /// <summary>Makes so many changes; the topics whose last change was answered as made are in the dictionary (null: removed). After any other answer nothing is certain.</summary>
    public static async Task LiveAsync(MetadataNode leader, Random random, int changes, Dictionary<string, int?> answered, Func<bool>? isOver = null)
    {
        var commits = leader.Metadata.Commits;
        var live = leader.Live;
        for (var i = 0; i < changes && isOver?.Invoke() != true; i++)
        {
            var topic = $"topic-{random.Next(12)}";
            switch (random.Next(6))
            {
                case 0 or 1:
                    var queues = random.Next(1, 100);
                    Note(topic, queues, await leader.PutTopicAsync(topic, queues));
                    break;
                case 2:
                    Note(topic, null, await MetadataNode.ChangeAsync(commits.Topics, () => live.Topics.Remove(topic)));
                    break;
                case 3:
                    await MetadataNode.ChangeAsync(commits.Groups, () => live.Groups.Put(new SubscriptionGroupConfig { GroupName = $"group-{random.Next(4)}", RetryMaxTimes = random.Next(99) }));
                    break;
                case 4:
                    live.ConsumerOffsets.Commit($"group-{random.Next(4)}", topic, random.Next(3), random.Next(1000));
                    live.DelayOffsets.Set(random.Next(1, 5), random.Next(1000));
                    if (random.Next(2) == 0) await commits.DelayOffsets.CommitAsync(TicketOf(commits.DelayOffsets));
                    break;
                default:
                    await MetadataNode.ChangeAsync(commits.ConsumerOffsets, () => live.ConsumerOffsets.RemoveTopic(topic));
                    break;
            }
        }

        void Note(string topic, int? queues, Refusal? refusal)
        {
            if (refusal is null) answered[topic] = queues;
            else answered.Remove(topic);
        }
    }

    private static long TicketOf(ITableCommit commit)
    {
        commit.Begin(out var ticket);
        return ticket;
    }
}
