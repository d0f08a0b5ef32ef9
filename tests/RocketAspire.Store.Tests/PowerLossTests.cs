using System.Text;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class PowerLossTests
{
    /// <summary>Power goes at every single operation of a short life, three ways each.</summary>
    [Fact]
    public async Task Every_message_that_was_acknowledged_is_there_after_power_went_at_any_operation()
    {
        long operations;
        {
            var whole = new PowerLossDevice();
            await LiveAsync(whole, new Random(1), 24);
            operations = whole.Operations;
        }

        Assert.True(operations > 100, $"only {operations} operations");
        for (var at = 1L; at <= operations + 1; at++)
        {
            for (var seed = 0; seed < 3; seed++) await LoseAndCheckAsync(new PowerLossDevice((int)(at * 3) + seed) { PowerOffAt = at }, new Random(1), 24, $"operation {at}, seed {seed}");
        }
    }

    /// <summary>Longer lives with several losses in a row, also during recovery.</summary>
    [Fact]
    public async Task Every_message_that_was_acknowledged_survives_losses_in_a_row()
    {
        for (var seed = 1; seed <= 150; seed++)
        {
            var random = new Random(seed);
            var device = new PowerLossDevice(seed);
            var acknowledged = new Dictionary<long, string>();
            for (var life = 0; life < 4; life++)
            {
                device.PowerOffAt = device.Operations + 1 + random.Next(life == 0 ? 250 : 120);
                foreach (var (offset, body) in await LiveAsync(device, random, 30, $"boot-{life}")) acknowledged[offset] = body;
                device.PowerOff();
                device = device.PowerCycle();
            }

            await CheckAsync(device, acknowledged, $"seed {seed}");
        }
    }

    [Fact]
    public async Task With_async_flush_a_killed_process_loses_nothing_that_was_appended()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var device = new PowerLossDevice(seed);
            var store = await OpenAsync(device, Options with { Flush = FlushDiskType.Async, FlushIntervalMs = 60_000 });
            var appended = new Dictionary<long, string>();
            for (var i = 0; i < 5 + (seed * 3); i++) appended[store.AppendOk(Message($"m{i}", uniqKey: $"u{i}")).PhysicalOffset] = $"m{i}";
            var disk = device.ProcessKilled();
            await store.DisposeAsync();

            await CheckAsync(disk, appended, $"seed {seed}");
        }
    }

    private static async Task LoseAndCheckAsync(PowerLossDevice device, Random random, int messages, string where)
    {
        var acknowledged = await LiveAsync(device, random, messages);
        device.PowerOff();
        await CheckAsync(device.PowerCycle(), acknowledged, where);
    }

    /// <summary>Opens, writes, cuts nothing, closes; until the power goes. Answers what was acknowledged as on disk.</summary>
    private static async Task<Dictionary<long, string>> LiveAsync(PowerLossDevice device, Random random, int messages, string boot = "boot-0")
    {
        var acknowledged = new Dictionary<long, string>();
        try
        {
            await using var store = await OpenAsync(device, Options with { CheckpointIntervalMs = 1, BootId = () => boot });
            for (var i = 0; i < messages; i++)
            {
                var body = $"m{i}-" + new string('x', random.Next(700));
                var result = store.Append(Message(body, queueId: random.Next(3), uniqKey: $"u{i}"));
                if (!result.IsOk) break;
                if (random.Next(3) == 0) continue;
                if (!await store.WaitFlushedAsync(result.EndOffset, TimeSpan.FromSeconds(20), CancellationToken.None)) throw new TimeoutException("A flush took more than 20 s.");
                acknowledged[result.PhysicalOffset] = body;
            }
        }
        catch (IOException)
        {
            // The power went.
        }

        return acknowledged;
    }

    private static async Task CheckAsync(PowerLossDevice disk, Dictionary<long, string> acknowledged, string where)
    {
        await using var store = await OpenAsync(disk, Options with { BootId = static () => "boot-9" });
        foreach (var (offset, body) in acknowledged)
        {
            var record = store.ReadRecord(offset);
            Assert.True(record is not null, $"{where}: nothing at {offset}, the log ends at {store.MaxPhysicalOffset}");
            Assert.Equal(body, Encoding.UTF8.GetString(record.Body.Span));
            var read = store.ReadQueue(record.Topic, record.QueueId, record.QueueOffset, 1, 1, null);
            Assert.True(read.Status == QueueReadStatus.Found, $"{where}: {record.Topic}/{record.QueueId} at {record.QueueOffset} is {read.Status} of {store.QueueBounds(record.Topic, record.QueueId)}");
            Assert.Equal(offset, MessageRecordCodec.DecodeAll(read.Body)[0].PhysicalOffset);
            var key = MessageProperties.Get(record.Properties.Span, MessageProperties.UniqKey)!;
            Assert.True(store.Queries.FindByKey(record.Topic, key, 64, 0, long.MaxValue).Contains(offset), $"{where}: {key} isn't in the index");
        }

        // Whatever survived, it is whole, without holes, and goes on.
        for (var queue = 0; queue < 3; queue++)
        {
            var bodies = store.Bodies(queueId: queue);
            Assert.Equal(store.QueueBounds("T", queue).Max, bodies.Count);
            Assert.Equal(bodies.Count, store.AppendOk(Message("next", queueId: queue)).QueueOffset);
        }
    }
}
