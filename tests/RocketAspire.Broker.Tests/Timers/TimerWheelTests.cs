namespace RocketAspire.Broker.Tests.Timers;

public sealed class TimerWheelTests
{
    private const long Hour = TimerWheel.WindowMs;

    [Fact]
    public void Messages_come_by_second_and_in_the_order_of_their_queue()
    {
        var wheel = new TimerWheel();
        wheel.Reset(TimerProgress.None, 0, 0);
        wheel.Add(0, 3000);
        wheel.Add(1, 2000);
        wheel.Add(2, 3000 | 1);
        wheel.Add(3, 2000);
        Assert.Equal(2000, wheel.NextDue);
        Assert.Empty(wheel.TakeDue(1999, out _));
        Assert.Equal([new(1, false), new(3, false)], wheel.TakeDue(5000, out var due));
        Assert.Equal(2000, due);
        Assert.Equal(new TimerProgress(2000, 3, 4, 0), wheel.Delivered(2000, 3, 2, true));
        Assert.Equal([new(0, false), new(2, true)], wheel.TakeDue(5000, out due));
        Assert.Equal(new TimerProgress(3000, 2, 4, 4), wheel.Delivered(3000, 2, 2, true));
        Assert.Equal((0L, long.MaxValue), (wheel.Waiting, wheel.NextDue));
    }

    [Fact]
    public void What_was_delivered_is_not_taken_again_and_what_came_late_is()
    {
        var wheel = new TimerWheel();
        wheel.Reset(new TimerProgress(2000, 5, 8, 2), 0, 0);
        Assert.Equal(2, wheel.Next);
        long[] dues = [0, 0, 1000, 2000, 3000, 2000, 2000, 1000, 1000, 2000];
        for (var offset = 2; offset < dues.Length; offset++) wheel.Add(offset, dues[offset]);

        // 4 is due later, 6 stands behind the last one of its second, 8 and 9 had not been seen.
        var waiting = new List<long>();
        while (wheel.NextDue != long.MaxValue) waiting.AddRange(wheel.TakeDue(long.MaxValue, out _).Select(static m => m.Offset));
        Assert.Equal([8, 6, 9, 4], waiting);
    }

    [Fact]
    public void What_came_after_its_second_does_not_bring_back_what_was_delivered()
    {
        var wheel = new TimerWheel();
        wheel.Reset(TimerProgress.None, 0, 0);
        wheel.Add(0, 9000);
        wheel.Add(1, 5000);
        wheel.TakeDue(5000, out _);
        wheel.Delivered(5000, 1, 1, true);
        wheel.Add(2, 3000);
        wheel.Add(3, 4000);
        wheel.TakeDue(5000, out var due);
        Assert.Null(wheel.Delivered(due, 2, 1, true));
        wheel.TakeDue(5000, out due);
        Assert.Equal(new TimerProgress(5000, 1, 4, 0), wheel.Delivered(due, 3, 1, true));
    }

    [Fact]
    public void A_million_messages_of_one_hour_take_less_than_64_MB()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var wheel = new TimerWheel();
        wheel.Reset(TimerProgress.None, 0, 0);
        for (var offset = 0; offset < 1_000_000; offset++) wheel.Add(offset, (offset * 7919L % 3600) * 1000);
        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{taken / 1e6:0.0} MB");
        Assert.InRange(taken, 1, 64_000_000);
        Assert.Equal(1_000_000, wheel.Waiting);
    }

    [Fact]
    public void Only_the_nearest_hour_is_kept_and_the_next_one_is_found_again()
    {
        var wheel = new TimerWheel();
        wheel.Reset(TimerProgress.None, 0, 0);
        long[] dues = [2 * Hour, 1000, (2 * Hour) + 500, 9 * Hour];
        for (var offset = 0; offset < dues.Length; offset++) wheel.Add(offset, dues[offset]);
        Assert.Equal((4L, 0L), (wheel.Waiting, wheel.Low));
        wheel.TakeDue(1000, out _);
        wheel.Delivered(1000, 1, 1, true);
        Assert.Equal(long.MaxValue, wheel.NextDue);

        var now = Hour + (Hour / 2);
        Assert.True(wheel.NeedsWindow(now));
        var before = wheel.BeginWindow(now);
        Assert.Equal([true, false, true, true], dues.Select((due, offset) => wheel.Revisit(offset, due, before)));
        wheel.EndWindow(0);
        Assert.False(wheel.NeedsWindow(now));
        Assert.Equal([new(0, false)], wheel.TakeDue(3 * Hour, out _));
        wheel.Delivered(2 * Hour, 0, 1, true);
        Assert.Equal([new(2, false)], wheel.TakeDue(3 * Hour, out _));
        Assert.Equal(new TimerProgress((2 * Hour) + 500, 2, 4, 0), wheel.Delivered((2 * Hour) + 500, 2, 1, true));
        Assert.Equal(1, wheel.Waiting);
    }

    [Fact]
    public void What_is_put_back_comes_again()
    {
        var wheel = new TimerWheel();
        wheel.Reset(TimerProgress.None, 0, 0);
        for (var offset = 0; offset < 3; offset++) wheel.Add(offset, 1000 | (offset == 1 ? 1 : 0));
        var taken = wheel.TakeDue(1000, out var due);
        wheel.Delivered(due, 0, 1, true);
        wheel.PutBack(due, taken[1..]);
        Assert.Equal([new(1, true), new(2, false)], wheel.TakeDue(1000, out _));
    }

    /// <summary>Seeded: whatever comes, in whatever pieces, with restarts in between, each message is delivered, once unless the last note was lost.</summary>
    [Fact]
    public void Random_times_and_restarts_lose_nothing()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var queue = new List<long>();
            var delivered = new Dictionary<long, int>();
            var noted = TimerProgress.None;
            var wheel = new TimerWheel();
            wheel.Reset(noted, 0, 0);
            var lost = 0;
            for (long now = 0; now < 6 * Hour; now += random.Next(1, 400) * 1000L)
            {
                for (var i = random.Next(4); i > 0; i--) queue.Add((now / 1000 * 1000) + (random.Next(1, 3) == 1 ? random.Next(1, 100) : random.Next(1, 20_000)) * 1000L);
                if (random.Next(10) == 0) queue.Add(Math.Max(0, (now / 1000) - random.Next(30)) * 1000L);
                if (random.Next(20) == 0) wheel.Reset(noted, 0, now);
                while (wheel.Next < queue.Count) wheel.Add(wheel.Next, queue[(int)wheel.Next]);
                if (wheel.NeedsWindow(now)) OpenWindow(wheel, queue, now);
                while (wheel.TakeDue(now, out var due) is { Count: > 0 } taken)
                {
                    foreach (var message in taken) delivered[message.Offset] = delivered.GetValueOrDefault(message.Offset) + 1;
                    var progress = wheel.Delivered(due, taken[^1].Offset, taken.Count, true);
                    if (progress is null || random.Next(50) == 0) lost += taken.Count;
                    else noted = progress.Value;
                }
            }

            wheel.Reset(noted, 0, 20 * Hour);
            while (wheel.Next < queue.Count) wheel.Add(wheel.Next, queue[(int)wheel.Next]);
            while (wheel.TakeDue(20 * Hour, out _) is { Count: > 0 } taken)
            {
                foreach (var message in taken) delivered[message.Offset] = delivered.GetValueOrDefault(message.Offset) + 1;
            }

            Assert.Equal(queue.Count, delivered.Count);
            Assert.True(delivered.Values.Sum() - queue.Count <= lost, $"{delivered.Values.Sum() - queue.Count} came twice, at most {lost} may");
        }
    }

    private static void OpenWindow(TimerWheel wheel, List<long> queue, long now)
    {
        var before = wheel.BeginWindow(now);
        var low = wheel.Next;
        for (var at = wheel.Low; at < wheel.Next; at++)
        {
            if (wheel.Revisit(at, queue[(int)at], before)) low = Math.Min(low, at);
        }

        wheel.EndWindow(low);
    }
}
