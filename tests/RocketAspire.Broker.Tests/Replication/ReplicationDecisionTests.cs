using RocketAspire.Broker.Ha;
using RocketAspire.Store;

namespace RocketAspire.Broker.Tests.Replication;

public sealed class ReplicationDecisionTests
{
    private static readonly Func<long, Agreement> AllSame = static _ => Agreement.Same;
    private static readonly Func<long, Agreement> AllDifferent = static _ => Agreement.Different;
    private static readonly Func<long, Agreement> Nothing = static _ => Agreement.Unknown;

    [Fact]
    public void Two_empty_logs_agree() =>
        Assert.Equal(new ReplicationAction.StreamFrom(0), Decide(LogSummary.Empty, false, LogSummary.Empty, Nothing));

    [Fact]
    public void An_empty_slave_begins_where_the_master_begins()
    {
        Assert.Equal(new ReplicationAction.StreamFrom(0), Decide(Log(0, 500, (1, 0)), true, LogSummary.Empty, Nothing));
        Assert.Equal(new ReplicationAction.ResetSlave(400), Decide(Log(400, 500, (1, 450)), true, LogSummary.Empty, Nothing));
        Assert.Equal(new ReplicationAction.StreamFrom(400), Decide(Log(400, 500, (1, 450)), true, Log(400, 400), Nothing));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_slave_that_is_a_first_part_of_the_master_is_streamed_to(bool open) =>
        Assert.Equal(new ReplicationAction.StreamFrom(300), Decide(Log(0, 500, (1, 0), (2, 300)), open, Log(0, 300, (1, 0)), AllSame));

    [Fact]
    public void A_checksum_is_asked_for_before_anything_is_believed() =>
        Assert.Equal(new ReplicationAction.AskChecksum(300), Decide(Log(0, 500, (1, 0)), true, Log(0, 300, (1, 0)), Nothing));

    [Fact]
    public void A_waiting_master_copies_back_what_it_lacks()
    {
        Assert.Equal(new ReplicationAction.CopyBackToMaster(0, 300, true), Decide(LogSummary.Empty, false, Log(0, 300, (1, 0)), Nothing));
        Assert.Equal(new ReplicationAction.CopyBackToMaster(400, 900, true), Decide(LogSummary.Empty, false, Log(400, 900), Nothing));
        Assert.Equal(new ReplicationAction.CopyBackToMaster(200, 300, false), Decide(Log(0, 200, (1, 0)), false, Log(0, 300, (1, 0), (2, 250)), AllSame));
    }

    [Fact]
    public void A_tail_that_was_never_confirmed_is_cut_where_the_epochs_part()
    {
        var master = Log(0, 500, (1, 0), (2, 100), (4, 220));
        var slave = Log(0, 400, (1, 0), (2, 100), (3, 250)) with { ConfirmedOffset = 220 };
        Assert.Equal(new ReplicationAction.TruncateSlave(220), Decide(master, true, slave, AllSame));
    }

    [Fact]
    public void A_confirmed_tail_is_never_cut()
    {
        var master = Log(0, 500, (1, 0), (2, 100), (4, 220));
        var slave = Log(0, 400, (1, 0), (2, 100), (3, 250)) with { ConfirmedOffset = 221 };
        foreach (var open in new[] { true, false })
        {
            var refused = Assert.IsType<ReplicationAction.Refuse>(Decide(master, open, slave, AllSame));
            Assert.Contains("221", refused.Reason, StringComparison.Ordinal);
            Assert.Contains("220", refused.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_master_that_already_writes_refuses_a_slave_with_more_confirmed_bytes() =>
        Assert.IsType<ReplicationAction.Refuse>(Decide(Log(0, 200, (1, 0)), true, Log(0, 300, (1, 0)), AllSame));

    [Fact]
    public void Equal_term_numbers_of_different_histories_are_told_apart_by_checksums()
    {
        // A wiped master that went on alone counts from one again.
        var master = Log(0, 500, (1, 0));
        Assert.IsType<ReplicationAction.Refuse>(Decide(master, true, Log(0, 300, (1, 0)), AllDifferent));
        Assert.Equal(new ReplicationAction.ResetSlave(0), Decide(master, true, Log(0, 300, (1, 0)) with { ConfirmedOffset = 0 }, AllDifferent));
    }

    [Fact]
    public void Checksums_lead_back_to_the_last_epoch_that_is_equal()
    {
        var master = Log(0, 500, (1, 0), (2, 100), (3, 200));
        var slave = Log(0, 400, (1, 0), (2, 100), (3, 200)) with { ConfirmedOffset = 0 };
        Assert.Equal(new ReplicationAction.TruncateSlave(200), Decide(master, true, slave, offset => offset > 200 ? Agreement.Different : Agreement.Same));
        Assert.Equal(new ReplicationAction.AskChecksum(200), Decide(master, true, slave, offset => offset > 200 ? Agreement.Different : Agreement.Unknown));
    }

    [Fact]
    public void A_slave_behind_the_masters_oldest_file_begins_anew()
    {
        Assert.Equal(new ReplicationAction.ResetSlave(400), Decide(Log(400, 500, (3, 450)), true, Log(0, 300, (1, 0)), Nothing));
        Assert.Equal(new ReplicationAction.StreamFrom(400), Decide(Log(400, 500, (3, 450)), true, Log(0, 400, (1, 0)), Nothing));
        // But not when the master's terms are older than the slave's: that log doesn't follow.
        Assert.IsType<ReplicationAction.Refuse>(Decide(Log(400, 500, (3, 450)), true, Log(0, 300, (7, 0)), Nothing));
    }

    [Fact]
    public void Logs_without_markers_are_compared_by_checksum_alone()
    {
        Assert.Equal(new ReplicationAction.StreamFrom(300), Decide(Log(0, 500), true, Log(0, 300), AllSame));
        Assert.Equal(new ReplicationAction.CopyBackToMaster(300, 500, false), Decide(Log(0, 300), false, Log(0, 500), AllSame));
        Assert.IsType<ReplicationAction.Refuse>(Decide(Log(0, 500), true, Log(0, 300), AllDifferent));
    }

    [Fact]
    public void Markers_that_expired_with_the_oldest_files_are_no_difference() =>
        Assert.Equal(new ReplicationAction.StreamFrom(600), Decide(Log(400, 700, (3, 650)), true, Log(0, 600, (1, 0), (2, 300)), AllSame));

    [Fact]
    public void Every_small_pair_of_logs_gets_an_action_that_deletes_nothing_confirmed()
    {
        // All histories of up to three epochs within a few bytes; the truth of agreement is computed from the bytes.
        var histories = SmallHistories().ToList();
        foreach (var master in histories)
        {
            foreach (var slave in histories)
            {
                for (var confirmed = 0; confirmed <= slave.Length; confirmed++)
                {
                    CheckSmall(master, slave, confirmed, open: true);
                    CheckSmall(master, slave, confirmed, open: false);
                }
            }
        }
    }

    private static void CheckSmall(string master, string slave, int confirmed, bool open)
    {
        var same = master.Zip(slave).TakeWhile(pair => pair.First == pair.Second).Count();
        // Careful is allowed to mean: from the last place on where two masters can have parted.
        var parting = same == Math.Min(master.Length, slave.Length) ? same : master.Index().Concat(slave.Index())
            .Where(pair => char.IsDigit(pair.Item) && pair.Index <= same).Max(pair => pair.Index);
        var action = Decide(
            Summary(master), open, Summary(slave) with { ConfirmedOffset = confirmed },
            offset => offset <= same ? Agreement.Same : Agreement.Different);
        switch (action)
        {
            case ReplicationAction.StreamFrom stream:
                Assert.True(stream.Offset == slave.Length && same == slave.Length, $"{master} streams to {slave}");
                break;
            case ReplicationAction.TruncateSlave truncate:
                Assert.True(truncate.Offset >= confirmed && truncate.Offset <= same, $"{slave} ({confirmed} confirmed) is cut to {truncate.Offset} for {master}");
                break;
            case ReplicationAction.ResetSlave:
                Assert.True(confirmed == 0 && parting == 0, $"{slave} ({confirmed} confirmed) is dropped for {master}");
                break;
            case ReplicationAction.CopyBackToMaster copy:
                Assert.True(!open && same == master.Length && copy.From == master.Length && copy.To == slave.Length, $"{slave} is copied to {master}");
                break;
            case ReplicationAction.Refuse:
                Assert.True(confirmed > parting, $"{master} refuses {slave} ({confirmed} confirmed)");
                break;
            default:
                Assert.Fail($"{action} for {master} and {slave}");
                break;
        }
    }

    /// <summary>Logs as texts: a digit opens the term of its number, a letter is a record.</summary>
    private static IEnumerable<string> SmallHistories()
    {
        string[] parts = ["1", "1a", "1b", "1ab"];
        string[] next = ["", "2", "2a", "2b", "3a"];
        yield return "";
        foreach (var first in parts)
        {
            foreach (var second in next)
            {
                yield return first + second;
                yield return first + second + "4c";
            }
        }
    }

    private static LogSummary Summary(string log) => new(
        [.. log.Index().Where(pair => char.IsDigit(pair.Item)).Select(pair => new TermEntry(pair.Item - '0', pair.Index))], 0, log.Length, log.Length);

    private static LogSummary Log(long min, long max, params (int Term, long Start)[] epochs) =>
        new([.. epochs.Select(epoch => new TermEntry(epoch.Term, epoch.Start))], min, max, max);

    private static ReplicationAction Decide(LogSummary master, bool open, LogSummary slave, Func<long, Agreement> agreement) =>
        ReplicationDecision.Decide(master, open, slave, agreement);
}
