using System.Text;
using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>Nodes whose log is not all there: base transfer, retention, logs that are gone, and lives before the group.</summary>
public sealed class BaseTests
{
    [Fact]
    public async Task Old_log_files_go_only_as_far_as_the_tables_are_saved_and_a_restart_needs_none_of_them()
    {
        var device = new PowerLossDevice();
        string[] before;
        await using (var node = await MetadataNode.OpenAsync(device))
        {
            node.Confirms = true;
            await node.LeadAsync(1);
            Assert.Null(await node.PutTopicAsync("orders"));
            node.Fill(3);
            await node.ConfirmAsync();
            Assert.InRange(node.Metadata.OldestNeededOffset, 1, 1000);
            Assert.Equal(0, await node.Store.DeleteBeforeAsync(long.MaxValue));
            await node.Metadata.SaveAsync();
            node.Fill(1);
            await node.ConfirmAsync();
            Assert.Equal(node.Store.MaxPhysicalOffset, node.Metadata.OldestNeededOffset);
            Assert.True(await node.Store.DeleteBeforeAsync(long.MaxValue) > 0);
            before = MetadataNode.Picture(node.Metadata.Committed);
        }

        await using var again = await MetadataNode.OpenAsync(device);
        await again.ConfirmAsync();
        Assert.Null(again.Metadata.Problem);
        Assert.Equal(before, MetadataNode.Picture(again.Live));
    }

    [Fact]
    public async Task A_node_that_begins_anew_gets_the_tables_with_its_base()
    {
        await using var leader = await LeaderWithoutItsFirstFilesAsync();
        await using var node = await MetadataNode.OpenAsync();
        await node.Metadata.ImportAsync(leader.Metadata.Export());
        await node.Store.ResetToAsync(leader.Store.MinPhysicalOffset);
        Assert.Null(await leader.PutTopicAsync("after"));
        await node.FollowAsync(leader);
        node.AssertSameAs(leader);
        Assert.NotNull(node.Live.Topics.Find("before"));
        Assert.NotNull(node.Live.Topics.Find("after"));
    }

    [Fact]
    public async Task A_base_replaces_tables_of_another_log_whatever_position_they_have()
    {
        await using var leader = await LeaderWithoutItsFirstFilesAsync();
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        for (var i = 0; i < 20; i++) Assert.Null(await node.PutTopicAsync($"stranger-{i}"));
        node.LoseLead(1);
        await node.Metadata.ImportAsync(leader.Metadata.Export());
        await node.Store.ResetToAsync(leader.Store.MinPhysicalOffset);
        node.Confirms = false;
        await node.FollowAsync(leader);
        node.AssertSameAs(leader);
    }

    /// <summary>Power goes at each operation of taking a base: either the old log is there, or the new one and its tables.</summary>
    [Fact]
    public async Task A_base_transfer_that_loses_power_anywhere_leaves_no_new_log_without_its_tables()
    {
        await using var leader = await LeaderWithoutItsFirstFilesAsync();
        var tables = leader.Metadata.Export();
        var start = leader.Store.MinPhysicalOffset;
        for (var at = 1; ; at++)
        {
            var device = new PowerLossDevice(at);
            await using (var old = await MetadataNode.OpenAsync(device)) await OldLifeAsync(old);
            device.PowerOffAt = device.Operations + at;
            var done = false;
            try
            {
                await using var node = await MetadataNode.OpenAsync(device);
                await node.Metadata.ImportAsync(tables);
                await node.Store.ResetToAsync(start);
                done = !device.IsOff;
            }
            catch (IOException)
            {
                // The power is gone.
            }

            device.PowerOff();
            await using var again = await MetadataNode.OpenAsync(device.PowerCycle());
            if (again.Store.MaxPhysicalOffset < start)
            {
                await again.Metadata.ImportAsync(tables);
                await again.Store.ResetToAsync(start);
            }

            await again.FollowAsync(leader);
            again.AssertSameAs(leader);
            if (done) return;
        }

        static async Task OldLifeAsync(MetadataNode node)
        {
            node.Confirms = true;
            await node.LeadAsync(1);
            Assert.Null(await node.PutTopicAsync("before"));
            node.LoseLead(1);
        }
    }

    [Fact]
    public async Task A_base_that_is_damaged_is_refused()
    {
        await using var node = await MetadataNode.OpenAsync();
        var good = node.Metadata.Export().ToArray();
        for (var length = 0; length < good.Length; length++) Assert.Throws<FormatException>(() => MetadataSnapshot.Decode(good.AsSpan(0, length)));
        for (var at = 0; at < good.Length; at++)
        {
            var bad = good.ToArray();
            bad[at] ^= 4;
            Assert.Throws<FormatException>(() => MetadataSnapshot.Decode(bad));
        }

        await Assert.ThrowsAsync<FormatException>(() => node.Metadata.ImportAsync(good.AsMemory(1)));
    }

    [Fact]
    public async Task Tables_that_lack_records_which_the_log_no_longer_has_say_so()
    {
        var device = new PowerLossDevice();
        await using (var node = await MetadataNode.OpenAsync(device))
        {
            node.Confirms = true;
            await node.LeadAsync(1);
            Assert.Null(await node.PutTopicAsync("orders"));
            node.Fill(3);
            Assert.Null(await node.PutTopicAsync("later"));
            await node.ConfirmAsync();
            await node.Metadata.SaveAsync();
            await node.Store.DeleteBeforeAsync(long.MaxValue);
        }

        foreach (var name in device.Paths().Where(static path => path.Contains("/config/", StringComparison.Ordinal)).ToArray()) device.DeleteFile(name);
        await using var again = await MetadataNode.OpenAsync(device);
        await Eventually.TrueAsync("the gap to be noticed", () => again.Metadata.Problem is not null);
        Assert.StartsWith("the log begins with record ", again.Metadata.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wiped_log_takes_its_tables_with_it()
    {
        var device = new PowerLossDevice();
        await using (var node = await MetadataNode.OpenAsync(device))
        {
            node.Confirms = true;
            await node.LeadAsync(1);
            Assert.Null(await node.PutTopicAsync("orders"));
        }

        device.DeleteDirectory(MetadataNode.Root + "/commitlog");
        device.DeleteDirectory(MetadataNode.Root + "/consumequeue");
        foreach (var name in device.List(MetadataNode.Root)) device.DeleteFile(Path.Combine(MetadataNode.Root, name.Name));
        await using var leader = await MetadataNode.OpenAsync();
        leader.Confirms = true;
        await leader.LeadAsync(1);
        Assert.Null(await leader.PutTopicAsync("of-the-group"));
        await using var again = await MetadataNode.OpenAsync(device);
        Assert.Null(again.Live.Topics.Find("orders"));
        await again.FollowAsync(leader);
        again.AssertSameAs(leader);
    }

    [Fact]
    public async Task A_leader_whose_log_lost_what_its_tables_hold_writes_them_anew()
    {
        var device = new PowerLossDevice();
        await using var node = await MetadataNode.OpenAsync(device);
        node.Confirms = true;
        await node.LeadAsync(1);
        Assert.Null(await node.PutTopicAsync("kept"));
        var end = node.Store.MaxPhysicalOffset;
        for (var i = 0; i < 5; i++) Assert.Null(await node.PutTopicAsync($"lost-{i}"));
        var tables = node.Metadata.Export();

        // Only --force-new-group makes such a leader.
        await using var forced = await MetadataNode.OpenAsync();
        await forced.Metadata.ImportAsync(tables);
        forced.Store.CloseAppends();
        var bytes = new byte[end];
        Assert.Equal(end, node.Store.ReadRaw(0, bytes));
        forced.Store.AppendRaw(0, bytes);
        forced.Confirms = true;
        await forced.LeadAsync(2);
        Assert.Null(await forced.PutTopicAsync("new"));
        await forced.ConfirmAsync();
        await using var other = await MetadataNode.OpenAsync();
        await other.FollowAsync(forced);
        other.AssertSameAs(forced);
        Assert.NotNull(other.Live.Topics.Find("lost-4"));
    }

    [Fact]
    public async Task Tables_of_a_life_before_the_group_are_brought_in_by_its_first_leader()
    {
        var device = new PowerLossDevice();
        var before = MetadataNode.NewTables();
        before.Topics.Put(new Protocol.Bodies.TopicConfig { TopicName = "orders" });
        before.Groups.Put(new Protocol.Bodies.SubscriptionGroupConfig { GroupName = "consumers" });
        before.ConsumerOffsets.Commit("consumers", "orders", 0, 7);
        device.CreateDirectory(MetadataNode.Root + "/config");
        foreach (var table in before.All)
        {
            using var file = device.Open(MetadataNode.Config(table.FileName), create: true);
            file.Write(0, table.ToJson());
        }

        await using var leader = await MetadataNode.OpenAsync(device);
        Assert.Null(leader.Live.Topics.Find("orders"));
        leader.Confirms = true;
        await leader.LeadAsync(1);
        Assert.Null(await leader.PutTopicAsync("new"));
        Assert.Null(await MetadataNode.ChangeAsync(leader.Metadata.Commits.Groups, static () => { }));
        await using var follower = await MetadataNode.OpenAsync();
        await follower.FollowAsync(leader);
        Assert.NotNull(follower.Live.Topics.Find("orders"));
        Assert.NotNull(follower.Live.Groups.Peek("consumers"));

        // The log they counted in is gone.
        Assert.Equal(-1, leader.Live.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    private static async Task<MetadataNode> LeaderWithoutItsFirstFilesAsync()
    {
        var leader = await MetadataNode.OpenAsync(time: new ManualTimeProvider());
        leader.Confirms = true;
        await leader.LeadAsync(2);
        Assert.Null(await leader.PutTopicAsync("before"));
        leader.Live.ConsumerOffsets.Commit("consumers", "before", 0, 5);
        leader.Fill(3);
        await MetadataLife.LiveAsync(leader, new Random(5), 10, []);
        await leader.ConfirmAsync();
        await leader.Metadata.SaveAsync();
        Assert.True(await leader.Store.DeleteBeforeAsync(long.MaxValue) > 0);
        return leader;
    }
}
