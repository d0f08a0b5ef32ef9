using RocketAspire.Client;
using RocketAspire.Console.Components.Parts;
using RocketAspire.Console.Text;

namespace RocketAspire.Console.Tests;

public sealed class TraceTimelineTests
{
    [Fact]
    public void Times_stay_in_order_and_short_ones_are_seen_beside_long_ones()
    {
        var timeline = new TraceTimeline([new("a", "", [new(1000, 1003, MarkState.Good, "")]), new("b", "", [new(1001, 1001, MarkState.Good, ""), new(7_201_000, 7_201_020, MarkState.Bad, "")])], 1000);

        double[] places = [.. ((long[])[1000, 1001, 1003, 50_000, 7_201_000, 7_201_020]).Select(timeline.X)];
        Assert.Equal(places.Order(), places);
        Assert.True(places[2] - places[0] > 30, "three milliseconds are seen");
        Assert.True(places[5] - places[4] > 30, "twenty milliseconds after two hours are seen");
        Assert.True(timeline.Stretches.Single(static stretch => stretch.From == 1003).IsIdle);
        Assert.False(timeline.Stretches[0].IsIdle);
        Assert.InRange(places[5], 980, 1000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nothing_and_a_single_moment_are_drawn_without_dividing_by_nothing(int marks)
    {
        var timeline = new TraceTimeline([new("a", "", [.. Enumerable.Repeat(new TimelineMark(5, 5, MarkState.Open, ""), marks)])], 100);

        Assert.True(double.IsFinite(timeline.X(5)));
        Assert.All(timeline.Ticks(50), static tick => Assert.True(double.IsFinite(tick.X)));
    }

    [Fact]
    public void Ticks_keep_their_distance_and_name_the_end()
    {
        var timeline = new TraceTimeline([new("a", "", [.. Enumerable.Range(0, 40).Select(static i => new TimelineMark(i * 10, (i * 10) + 4, MarkState.Good, ""))])], 1000);

        (long Moment, double X)[] ticks = [.. timeline.Ticks(90)];
        Assert.All(ticks.Zip(ticks.Skip(1)), static pair => Assert.True(pair.Second.X - pair.First.X >= 90));
        Assert.Equal(394, ticks[^1].Moment);
    }

    [Fact]
    public void A_trace_has_a_lane_for_its_producer_its_store_its_transaction_and_each_group()
    {
        var trace = new MessageTrace
        {
            MessageId = "id",
            Sends = [new() { Kind = TraceKind.Pub, MessageId = "id", Group = "shop", Time = 100, Took = TimeSpan.FromMilliseconds(5), IsSuccess = true }],
            TransactionEnds = [new() { Kind = TraceKind.EndTransaction, MessageId = "id", Time = 110, State = TransactionState.Rollback }],
            Deliveries = [new("billing", null, 120, null, 0, TraceOutcome.Unknown), new("billing", null, 200, TimeSpan.FromMilliseconds(9), 1, TraceOutcome.Failed), new(null, null, null, null, 0, TraceOutcome.Success)],
        };

        var lanes = TraceTimeline.LanesOf(trace, (102, "10.0.0.1:10911"), new Preferences());

        Assert.Equal(["Producer shop", "Broker 10.0.0.1:10911", "Transaction ", "Consumer group billing"], lanes.Select(static lane => $"{lane.Role} {lane.Name}"));
        Assert.Equal([MarkState.Open, MarkState.Bad], lanes[3].Marks.Select(static mark => mark.State));
        Assert.Equal("#2 9 ms", lanes[3].Marks[1].Label);
    }

    [Theory]
    [InlineData(7, "7 ms")]
    [InlineData(1300, "1.3 s")]
    [InlineData(125_000, "2 min 5 s")]
    [InlineData(12_000_000, "3 h 20 min")]
    [InlineData(180_000_000, "2 d 2 h")]
    public void A_span_is_told_in_its_two_largest_units(long ms, string expected) => Assert.Equal(expected, Format.Span(TimeSpan.FromMilliseconds(ms)));
}
