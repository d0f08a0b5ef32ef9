using System.Diagnostics;
using System.Net;
using RocketAspire.Protocol.Messages;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Timers;

/// <summary>Not tests of a limit: they print what timed messages cost. Run by name, with <c>-explicit only</c>.</summary>
public sealed class TimerMeasureTests
{
    private const int Count = 1_000_000;

    [Fact(Explicit = true)]
    public async Task Measure_a_million_that_wait()
    {
        using var folder = new TemporaryFolder();
        var empty = Used();
        var due = ((DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000) + 60) * 1000;
        await using (var broker = await TestBroker.StartAsync(Large, folder))
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < Count; i++) Assert.True(broker.Node.Store.Append(Waiting(i, due)).IsOk);
            await Eventually.TrueAsync("all to wait", () => broker.Node.Timers.Waiting == Count, TimeSpan.FromMinutes(2));
            Say($"{watch.ElapsedMilliseconds} ms to take them; {(Used() - empty) / 1e6:0.0} MB more on the heap");
        }

        var start = Stopwatch.StartNew();
        await using var again = await TestBroker.StartAsync(Large, folder);
        Say($"{start.ElapsedMilliseconds} ms to start again");
        await Eventually.TrueAsync("all to wait", () => again.Node.Timers.Waiting > Count - 1000, TimeSpan.FromMinutes(2));
        Say($"{start.ElapsedMilliseconds} ms until all were known again; {(Used() - empty) / 1e6:0.0} MB more on the heap");
        await Eventually.TrueAsync("all to come", () => Enumerable.Range(0, 4).Sum(queue => again.Node.Store.QueueBounds("orders", queue).Max) == Count, TimeSpan.FromMinutes(4));
        Say($"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - due} ms after their second all had come; {(Used() - empty) / 1e6:0.0} MB more on the heap");

        static BrokerOptions Large(BrokerOptions o) => o with { Store = o.Store with { CommitLogFileSizeBytes = 1 << 30 } };
    }

    private static MessageRecord Waiting(int i, long due) => new()
    {
        Topic = TopicNames.Timer,
        BornTimestamp = due,
        BornHost = new IPEndPoint(IPAddress.Loopback, 1),
        StoreHost = new IPEndPoint(IPAddress.Loopback, 1),
        Body = new byte[100],
        Properties = MessageProperties.Encode([new("UNIQ_KEY", $"{i}"), new("TIMER_OUT_MS", $"{TimerProperties.OutMs(due)}"), new("REAL_TOPIC", "orders"), new("REAL_QID", $"{i % 4}")]),
    };

    private static long Used() => GC.GetTotalMemory(forceFullCollection: true);

    private static void Say(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
