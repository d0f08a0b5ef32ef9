using System.Diagnostics;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Bench.Tests;

public sealed class CountingTests
{
    private static readonly long Second = Stopwatch.Frequency;

    [Fact]
    public void The_longest_gap_and_its_beginning_are_kept()
    {
        var gaps = new GapClock(100 * Second);
        foreach (var at in new[] { 101, 102, 105, 104, 107 }) gaps.Succeeded(at * Second);

        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2)), gaps.Read(108 * Second));
    }

    [Fact]
    public void A_gap_that_has_not_ended_counts_and_so_does_one_from_the_start()
    {
        var gaps = new GapClock(0);
        Assert.Equal((TimeSpan.FromSeconds(4), TimeSpan.Zero), gaps.Read(4 * Second));

        gaps.Succeeded(5 * Second);
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.Zero), gaps.Read(6 * Second));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(5)), gaps.Read(12 * Second));
    }

    [Fact]
    public void Missing_and_repeated_messages_are_told_apart()
    {
        var ledger = new Ledger();
        long[] numbers = [0, 1, 63, 64, 2_000_000];
        foreach (var number in numbers) ledger.Acknowledged(number);
        Assert.Equal(5, ledger.CountMissing());

        Assert.True(ledger.Arrived(64));
        Assert.True(ledger.Arrived(2_000_000));
        Assert.False(ledger.Arrived(64));
        // Stored, though its sender was told nothing.
        Assert.True(ledger.Arrived(7));

        Assert.Equal((3, 3, 1), (ledger.CountMissing(), ledger.Received, ledger.Duplicates));
    }

    [Fact]
    public void Percentiles_are_in_milliseconds()
    {
        var latencies = new Latencies();
        Assert.Null(latencies.Summarise());
        for (var i = 1; i <= 1000; i++) latencies.Record(0, i * Second / 1000);

        var summary = latencies.Summarise()!;
        Assert.Equal(500, summary.P50, 0.5);
        Assert.Equal(990, summary.P99, 1.0);
        Assert.Equal(999, summary.P999, 1.0);
        Assert.Equal(1000, summary.Max, 1.0);
        latencies.Record(0, 2 * Second);
        Assert.Equal(2000, latencies.Summarise()!.Max, 2.0);
    }

    [Fact]
    public void Errors_are_counted_by_code_and_by_what_happened()
    {
        var tally = new Tally(Stopwatch.GetTimestamp());
        tally.Failed(Tally.KindOf(new Client.RocketMQResponseException("a", 310, ResponseCode.SystemBusy, "busy"))!, "busy");
        tally.Failed(Tally.KindOf(new Client.RocketMQResponseException("a", 310, ResponseCode.SystemBusy, "busier"))!, "busier");
        tally.Failed(Tally.KindOf(new Remoting.RemotingConnectException("a", "refused"))!, "refused");

        Assert.Equal([new ErrorCount(2, "SystemBusy", 2, "busy"), new ErrorCount(null, "no connection", 1, "refused")], tally.ErrorsByCode);
        Assert.Null(Tally.KindOf(new ArgumentException("ours")));
    }
}
