using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Check;

/// <summary>A group's logs: each whole, all the same byte for byte, and the acknowledged messages where their ids say.</summary>
internal static class ReplicaCheck
{
    public static IEnumerable<Violation> Check(History history, GroupLogs group, Dictionary<MessageTag, SendAttempt> sends)
    {
        var found = new List<Violation>();
        var walks = new List<(IReplicaLog Log, LogWalk Walk)>();
        foreach (var log in group.Replicas)
        {
            var at = new Dictionary<long, LoggedMessage>();
            var walk = LogWalker.Walk(log, group.Group, history.Seed, history.Topic, message => at[message.Message.PhysicalOffset] = message);
            walks.Add((log, walk));
            if (walk.Problem is { } problem) found.Add(new(ViolationKind.LogBroken, $"{log.Node}: {problem}"));
            if (walk.End < group.CommonEnd) found.Add(new(ViolationKind.ReplicasDiffer, $"{log.Node} ends at {walk.End}, its group held {group.CommonEnd} before the stop"));
            found.AddRange(Missing(history, group, log, walk, at));
            found.AddRange(Refused(log, at.Values, sends));
        }

        foreach (var (log, walk) in walks.Skip(1)) found.AddRange(Compare(walks[0].Log, walks[0].Walk, log, walk, group.CommonEnd));
        return found;
    }

    private static IEnumerable<Violation> Missing(History history, GroupLogs group, IReplicaLog log, LogWalk walk, Dictionary<long, LoggedMessage> at)
    {
        foreach (var send in history.Sends)
        {
            // A node that joined late, or whose oldest files have gone, begins further on.
            if (send.Outcome != SendOutcome.Acknowledged || send.Queue.Group != group.Group || send.PhysicalOffset < walk.Start) continue;
            if (!at.TryGetValue(send.PhysicalOffset, out var there))
                yield return new(ViolationKind.Lost, $"{send.Tag} of {send.Queue}@{send.QueueOffset} is not at {send.PhysicalOffset} of {log.Node}'s log");
            else if (there.Queue != send.Queue || there.Message.QueueOffset != send.QueueOffset || there.Message.Tag != send.Tag)
                yield return new(ViolationKind.Misplaced, $"at {send.PhysicalOffset} of {log.Node}'s log stands {there.Message.Tag?.ToString() ?? "another body"} of {there.Queue}@{there.Message.QueueOffset}, the answer said {send.Tag} of {send.Queue}@{send.QueueOffset}");
        }
    }

    private static IEnumerable<Violation> Refused(IReplicaLog log, IEnumerable<LoggedMessage> messages, Dictionary<MessageTag, SendAttempt> sends)
    {
        foreach (var (queue, message) in messages)
        {
            if (message.Tag is { } tag && sends.TryGetValue(tag, out var send) && send.Outcome == SendOutcome.Refused)
                yield return new(ViolationKind.RefusedIsThere, $"{tag} was refused with code {send.Code} by {send.Address} and is in {log.Node}'s log for {queue}@{message.QueueOffset}");
        }
    }

    private static IEnumerable<Violation> Compare(IReplicaLog one, LogWalk oneWalk, IReplicaLog other, LogWalk otherWalk, long end)
    {
        var to = Math.Min(end, Math.Min(oneWalk.End, otherWalk.End));
        foreach (var start in one.FileStarts.Intersect(other.FileStarts))
        {
            if (start >= to) yield break;
            var a = one.ReadFile(start);
            var b = other.ReadFile(start);
            var length = (int)Math.Min(Math.Min(a.Length, b.Length), to - start);
            var same = a.AsSpan(0, length).CommonPrefixLength(b.AsSpan(0, length));
            if (same == length) continue;
            yield return new(ViolationKind.ReplicasDiffer, $"{one.Node} and {other.Node} differ from byte {start + same} on ({a[same]:x2} and {b[same]:x2})");
            yield break;
        }
    }
}
