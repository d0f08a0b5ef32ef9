using RocketAspire.Chaos.Check;
using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Tests;

/// <summary>The checker finds nothing in a sound run, and each kind of damage in one that isn't.</summary>
public sealed class CheckerTests
{
    private const int Seeds = 25;

    public static TheoryData<int> AllSeeds => [.. Enumerable.Range(1, Seeds)];

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void Nothing_is_found_in_a_sound_run(int seed) => Assert.Empty(new SoundRun(seed).Judge());

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void An_acknowledged_message_that_one_node_doesnt_show_is_lost(int seed)
    {
        var (run, random) = Sound(seed);
        var send = run.Any(SendOutcome.Acknowledged, random);
        run.Views[random.Next(2)][send.Queue].RemoveAll(m => m.Tag == send.Tag);
        AssertFound(run, ViolationKind.Lost);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void An_acknowledged_message_at_a_queues_end_that_no_node_has_is_lost(int seed)
    {
        var (run, random) = Sound(seed);
        var queue = run.Any(SendOutcome.Acknowledged, random).Queue;
        var last = run.Sends.Where(s => s.Outcome == SendOutcome.Acknowledged && s.Queue == queue).MaxBy(static s => s.QueueOffset)!;
        foreach (var view in run.Views) view[queue].RemoveAll(m => m.QueueOffset >= last.QueueOffset);
        run.Seen[queue].Remove(last.QueueOffset);
        AssertFound(run, ViolationKind.Lost);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_message_missing_in_the_middle_leaves_a_hole(int seed)
    {
        var (run, random) = Sound(seed);
        var queue = run.Views[random.Next(2)][run.Any(SendOutcome.Acknowledged, random).Queue];
        queue.RemoveAt(random.Next(queue.Count - 1));
        AssertFound(run, ViolationKind.Hole);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void Two_messages_that_changed_places_are_misplaced(int seed)
    {
        var (run, random) = Sound(seed);
        var (one, other) = (run.Any(SendOutcome.Acknowledged, random), run.Any(SendOutcome.Acknowledged, random));
        while (other.Queue != one.Queue || other == one) other = run.Any(SendOutcome.Acknowledged, random);
        var queue = run.Views[random.Next(2)][one.Queue];
        var (i, j) = (queue.FindIndex(m => m.Tag == one.Tag), queue.FindIndex(m => m.Tag == other.Tag));
        (queue[i], queue[j]) = (queue[i] with { Tag = other.Tag }, queue[j] with { Tag = one.Tag });
        AssertFound(run, ViolationKind.Misplaced);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_message_sent_after_another_was_acknowledged_may_not_stand_before_it(int seed)
    {
        var (run, random) = Sound(seed);
        // Answers and places stay as they are; only the producers' clock says what the order should have been.
        var send = run.Sends.Where(s => s.Outcome == SendOutcome.Acknowledged && run.Sends.Any(o => o.Outcome == SendOutcome.Acknowledged && o.Queue == s.Queue && o.QueueOffset > s.QueueOffset))
            .OrderBy(_ => random.Next()).First();
        var end = run.Sends.Max(static s => s.AnsweredAt);
        Replace(run, send, send with { SentAt = end + TimeSpan.FromSeconds(1), AnsweredAt = end + TimeSpan.FromSeconds(2) });
        AssertFound(run, ViolationKind.OutOfOrder);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_message_that_is_there_twice_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var send = run.Any(SendOutcome.Acknowledged, random);
        var queue = run.Views[random.Next(2)][run.Any(SendOutcome.Acknowledged, random).Queue];
        queue.Add(new StoredMessage(queue.Count, 1_000_000, send.Tag));
        AssertFound(run, ViolationKind.Duplicate);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_place_that_was_told_twice_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var send = run.Any(SendOutcome.Acknowledged, random);
        var other = run.Any(SendOutcome.Acknowledged, random);
        while (other == send) other = run.Any(SendOutcome.Acknowledged, random);
        Replace(run, other, other with { Queue = send.Queue, QueueOffset = send.QueueOffset });
        AssertFound(run, ViolationKind.Duplicate);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_byte_of_a_body_that_changed_on_its_way_to_a_reader_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var queue = run.Views[random.Next(2)][run.Any(SendOutcome.Acknowledged, random).Queue];
        var i = random.Next(queue.Count);
        queue[i] = queue[i] with { Tag = null };
        AssertFound(run, ViolationKind.Altered);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void Any_other_byte_in_one_nodes_log_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        run.Logs[random.Next(2)].Flip(random.NextInt64(run.Logs[0].End), (byte)(1 << random.Next(8)));
        AssertFound(run, ViolationKind.ReplicasDiffer);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void The_same_other_byte_in_all_logs_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var at = run.InBodyOf(run.Any(SendOutcome.Acknowledged, random), random);
        var bits = (byte)(1 << random.Next(8));
        foreach (var log in run.Logs) log.Flip(at, bits);
        AssertFound(run, ViolationKind.LogBroken);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_log_that_ends_too_early_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        run.Logs[random.Next(2)].CutTo(run.Any(SendOutcome.Acknowledged, random).PhysicalOffset);
        AssertFound(run, ViolationKind.ReplicasDiffer);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void Bytes_behind_a_logs_end_are_found(int seed)
    {
        var (run, random) = Sound(seed);
        run.Logs[random.Next(2)].Flip(run.Logs[0].End + random.Next(20), 0x10);
        AssertFound(run, ViolationKind.LogBroken);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_refused_message_that_is_there_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var send = run.Any(random.Next(2) == 0 ? SendOutcome.Acknowledged : SendOutcome.NotSafe, random);
        Replace(run, send, send with { Outcome = SendOutcome.Refused, Code = 14 });
        AssertFound(run, ViolationKind.RefusedIsThere);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void An_acknowledged_message_that_a_group_never_got_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var send = run.Any(SendOutcome.Acknowledged, random);
        run.Seen[send.Queue].Remove(send.QueueOffset);
        AssertFound(run, ViolationKind.NotConsumed);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_read_that_the_queue_doesnt_bear_out_is_found(int seed)
    {
        var (run, random) = Sound(seed);
        var queue = run.Any(SendOutcome.Acknowledged, random).Queue;
        run.Seen[queue][run.Seen[queue].Count + random.Next(3)] = run.Any(SendOutcome.Uncertain, random).Tag;
        AssertFound(run, ViolationKind.ReadChanged);
    }

    [Fact]
    public void Reads_of_a_log_that_was_wiped_need_not_last()
    {
        var run = new SoundRun(1) { ReadsArePermanent = false };
        var queue = run.Any(SendOutcome.Acknowledged, new Random(1)).Queue;
        run.Seen[queue][run.Seen[queue].Count] = run.Any(SendOutcome.Uncertain, new Random(1)).Tag;
        Assert.Empty(run.Judge());
    }

    private static (SoundRun Run, Random Random) Sound(int seed) => (new SoundRun(seed), new Random(seed * 7919));

    private static void AssertFound(SoundRun run, ViolationKind kind) => Assert.Contains(run.Judge(), v => v.Kind == kind);

    private static void Replace(SoundRun run, SendAttempt old, SendAttempt by) => run.Sends[run.Sends.IndexOf(old)] = by;
}
