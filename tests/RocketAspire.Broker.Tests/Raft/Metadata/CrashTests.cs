using System.Text;
using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>Power or process goes at every operation; what was answered is there, and the tables are those of the log.</summary>
public sealed class CrashTests
{
    private const int Changes = 15;

    [Fact]
    public Task A_loss_of_power_at_any_operation_leaves_tables_that_are_those_of_the_log() =>
        AtEachOperationAsync(static device =>
        {
            device.PowerOff();
            return device.PowerCycle();
        });

    [Fact]
    public Task A_kill_at_any_operation_leaves_tables_that_are_those_of_the_log() =>
        AtEachOperationAsync(static device => device.ProcessKilled());

    [Fact]
    public async Task Losses_of_power_in_a_row_leave_tables_that_are_those_of_the_log()
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            var random = new Random(seed);
            var device = new PowerLossDevice(seed);
            var answered = new Dictionary<string, int?>();
            for (var life = 1; life <= 4; life++)
            {
                device.PowerOffAt = device.Operations + 1 + random.Next(400);
                await LiveAsync(device, random, life, answered);
                device.PowerOff();
                device = device.PowerCycle();
            }

            await CheckAsync(device, answered, $"seed {seed}");
        }
    }

    [Fact]
    public async Task A_damaged_file_of_tables_gives_way_to_the_one_before()
    {
        var device = new PowerLossDevice();
        await using (var node = await MetadataNode.OpenAsync(device))
        {
            node.Confirms = true;
            await node.LeadAsync(1);
            await MetadataLife.LiveAsync(node, new Random(6), 20, []);
            await node.Metadata.SaveAsync();
            await MetadataLife.LiveAsync(node, new Random(7), 20, []);
            await node.ConfirmAsync();
        }

        using (var file = device.Open(MetadataNode.Config(MetadataProjection.FileName), create: false)) file.Write(40, "damage"u8);
        await CheckAsync(device, [], "one damaged file");
        using (var file = device.Open(MetadataNode.Config(MetadataProjection.FileName), create: false)) file.Write(40, "damage"u8);
        using (var file = device.Open(MetadataNode.Config(MetadataProjection.FileName + ".bak"), create: false)) file.Write(40, "damage"u8);
        await CheckAsync(device, [], "both damaged");
    }

    private static async Task AtEachOperationAsync(Func<PowerLossDevice, PowerLossDevice> lose)
    {
        long operations;
        {
            var whole = new PowerLossDevice();
            await LiveAsync(whole, new Random(1), 1, []);
            operations = whole.Operations;
        }

        Assert.True(operations > 100, $"only {operations} operations");
        for (var at = 1L; at <= operations; at++)
        {
            var answered = new Dictionary<string, int?>();
            var device = new PowerLossDevice((int)at) { PowerOffAt = at };
            await LiveAsync(device, new Random(1), 1, answered);
            await CheckAsync(lose(device), answered, $"operation {at}");
        }
    }

    /// <summary>Leads, changes and saves, until the power goes.</summary>
    private static async Task LiveAsync(PowerLossDevice device, Random random, int term, Dictionary<string, int?> answered)
    {
        try
        {
            await using var node = await MetadataNode.OpenAsync(device, commitTimeout: TimeSpan.FromMilliseconds(100));
            node.Confirms = true;
            node.Store.CloseAppends();
            var marker = node.Store.OpenAppends(term);
            if (!marker.IsOk || !await node.Store.WaitFlushedAsync(marker.EndOffset, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)) return;
            var applied = node.Metadata.WaitAppliedAsync(marker.EndOffset, TestContext.Current.CancellationToken).AsTask();
            await Eventually.TrueAsync("the marker to be applied, or the power to be gone", () => device.IsOff || applied.IsCompleted);
            if (device.IsOff) return;
            node.Metadata.Lead(term);
            for (var i = 0; i < 3 && !device.IsOff; i++)
            {
                await MetadataLife.LiveAsync(node, random, Changes / 3, answered, () => device.IsOff);
                await node.Metadata.SaveAsync();
            }
        }
        catch (IOException)
        {
            // The power is gone.
        }
    }

    private static async Task CheckAsync(PowerLossDevice device, Dictionary<string, int?> answered, string where)
    {
        await using var node = await MetadataNode.OpenAsync(device);
        await node.ConfirmAsync();

        // The same log read from its start.
        await using var fresh = await MetadataNode.OpenAsync();
        await fresh.FollowAsync(node);
        Assert.True(Same(fresh, node), $"{where}: the tables are not those of the log:\n{Text(fresh)}\n{Text(node)}");
        foreach (var (topic, queues) in answered) Assert.True(node.Live.Topics.Find(topic)?.ReadQueueNums == queues, $"{where}: {topic} was answered with {queues} queues and has {node.Live.Topics.Find(topic)?.ReadQueueNums}");
    }

    private static bool Same(MetadataNode one, MetadataNode other) => Text(one) == Text(other);

    /// <summary>Without versions: those of a node that never saw a change are its own.</summary>
    private static string Text(MetadataNode node) => string.Join('\n', MetadataNode.Picture(node.Metadata.Committed)) + Encoding.UTF8.GetString(node.Live.Topics.ToJson());
}
