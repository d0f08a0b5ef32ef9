using System.Text;
using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Protocol.Bodies;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

public sealed class TableChangesTests
{
    [Fact]
    public void A_delta_has_what_changed_and_nothing_else()
    {
        var tables = NewTables();
        tables.Topics.Open();
        tables.Topics.Put(new TopicConfig { TopicName = "orders", ReadQueueNums = 3, WriteQueueNums = 3 });
        tables.Topics.Put(new TopicConfig { TopicName = "orders", ReadQueueNums = 4, WriteQueueNums = 4 });
        tables.Topics.Put(new TopicConfig { TopicName = "gone" });
        tables.Topics.Remove("gone");
        var delta = tables.Topics.TakeChanges()!;
        Assert.Equal(
            """
            {"remove":["gone"],"set":{"orders":{"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"orders","topicSysFlag":0,"writeQueueNums":4}},"table":"topics.json","version":{"counter":4,"timestamp":1767225600000}}
            """,
            Encoding.UTF8.GetString(TableDeltaCodec.Encode(delta)));
        Assert.Null(tables.Topics.TakeChanges());
        Assert.False(tables.Topics.HasChanges);
    }

    [Fact]
    public void Deltas_of_every_table_lead_another_node_to_the_same_tables()
    {
        var leader = NewTables();
        var follower = NewTables();
        foreach (var table in leader.All) table.Open();
        foreach (var table in follower.All) table.Close();
        leader.Topics.Put(new TopicConfig { TopicName = "orders", Attributes = new() { ["+message.type"] = "FIFO \"x\"" } }, new TopicConfig { TopicName = "b" });
        leader.Groups.Put(new SubscriptionGroupConfig { GroupName = "consumers", RetryMaxTimes = 3 });
        leader.ConsumerOffsets.Commit("consumers", "orders", 0, 7);
        leader.ConsumerOffsets.Commit("group@with@at", "orders", 12, long.MaxValue);
        leader.DelayOffsets.Set(3, 9);
        Ship(leader, follower);
        AssertSame(leader, follower);

        leader.Topics.Remove("b");
        leader.Groups.Remove("consumers");
        leader.ConsumerOffsets.RemoveTopic("orders");
        leader.ConsumerOffsets.Commit("consumers", "b", 1, 1);
        leader.DelayOffsets.Set(3, 10);
        Ship(leader, follower);
        AssertSame(leader, follower);
        Assert.Equal("{\"offsetTable\":{\"b@consumers\":{\"1\":1}}}", Encoding.UTF8.GetString(follower.ConsumerOffsets.ToJson()));
    }

    [Fact]
    public void A_large_delta_is_split_and_its_parts_are_within_the_limit()
    {
        var leader = NewTables();
        var follower = NewTables();
        leader.ConsumerOffsets.Open();
        for (var topic = 0; topic < 100; topic++)
        {
            for (var queue = 0; queue < 8; queue++) leader.ConsumerOffsets.Commit("consumers", $"topic-{topic}", queue, topic * queue);
        }

        var parts = TableDeltaCodec.Split(leader.ConsumerOffsets.TakeChanges()!, 4096).Select(static part => TableDeltaCodec.Encode(part)).ToArray();
        Assert.True(parts.Length > 3, $"{parts.Length} parts");
        Assert.All(parts, static part => Assert.InRange(part.Length, 1, 4096));
        foreach (var part in parts) follower.ConsumerOffsets.Apply(TableDeltaCodec.Decode(part));
        AssertSame(leader, follower);
    }

    [Fact]
    public void An_offset_told_again_is_no_change()
    {
        var table = new ConsumerOffsetTable();
        table.Open();
        table.Commit("consumers", "orders", 0, 7);
        Assert.NotNull(table.TakeChanges());
        table.Commit("consumers", "orders", 0, 7);
        Assert.Null(table.TakeChanges());
    }

    [Fact]
    public void A_closed_table_takes_no_change_but_committed_ones()
    {
        var tables = NewTables();
        foreach (var table in tables.All) table.Close();
        var before = tables.All.Select(static table => Encoding.UTF8.GetString(table.ToJson())).ToArray();
        tables.Topics.Put(new TopicConfig { TopicName = "orders" });
        Assert.Null(tables.Topics.CreateFromTemplate("orders", "TBW102", 4, 0));
        Assert.Equal("%RETRY%consumers", tables.Topics.GetOrCreate("%RETRY%consumers", 1, 6, 0).TopicName);
        Assert.False(tables.Topics.Remove("BenchmarkTest"));
        tables.Topics.Touch();
        Assert.Equal("consumers", tables.Groups.Find("consumers")!.GroupName);
        tables.Groups.Put(new SubscriptionGroupConfig { GroupName = "consumers" });
        Assert.False(tables.Groups.Remove("TOOLS_CONSUMER"));
        Assert.False(tables.ConsumerOffsets.Commit("consumers", "orders", 0, 7));
        tables.DelayOffsets.Set(1, 1);
        Assert.Equal(before, tables.All.Select(static table => Encoding.UTF8.GetString(table.ToJson())));

        tables.DelayOffsets.Apply(new TableDelta("delayOffset.json", null, [new("1", "5"u8.ToArray())]));
        Assert.Equal(5, tables.DelayOffsets.Get(1));
        tables.DelayOffsets.Open();
        Assert.Null(tables.DelayOffsets.TakeChanges());
    }

    [Fact]
    public void Entries_that_are_no_entries_are_left_out()
    {
        var tables = NewTables();
        var before = tables.All.Select(static table => Encoding.UTF8.GetString(table.ToJson())).ToArray();
        tables.Topics.Apply(new("topics.json", null, [new("orders", "[1]"u8.ToArray())]));
        tables.Groups.Apply(new("subscriptionGroup.json", null, [new("consumers", "{"u8.ToArray())]));
        tables.ConsumerOffsets.Apply(new("consumerOffset.json", null, [new("orders@consumers", "1"u8.ToArray()), new("orders@c@x", "1"u8.ToArray()), new("@@1", null)]));
        tables.DelayOffsets.Apply(new("delayOffset.json", null, [new("-1", "1"u8.ToArray()), new("2", "\"x"u8.ToArray())]));
        Assert.Equal(before, tables.All.Select(static table => Encoding.UTF8.GetString(table.ToJson())));
    }

    [Fact]
    public void A_version_alone_is_a_change_too_and_all_entries_can_be_noted()
    {
        var tables = NewTables();
        tables.Topics.Open();
        tables.Topics.Touch();
        var delta = tables.Topics.TakeChanges()!;
        Assert.Empty(delta.Entries);
        Assert.Equal(tables.Topics.Version, delta.Version);
        tables.Topics.Note();
        Assert.Equal(tables.Topics.Names.Order(), tables.Topics.TakeChanges()!.Entries.Select(static entry => entry.Key).Order());
    }

    private static ReplicatedTables NewTables()
    {
        var time = new ManualTimeProvider();
        var configuration = new BrokerConfiguration(new BrokerOptions { BrokerName = "broker-a", Store = TestBroker.StoreIn("/store") });
        return new(new TopicConfigTable(configuration, time), new SubscriptionGroupTable(configuration, time), new ConsumerOffsetTable(), new DelayOffsetTable());
    }

    private static void Ship(ReplicatedTables from, ReplicatedTables to)
    {
        foreach (var (source, target) in from.All.Zip(to.All))
        {
            if (source.TakeChanges() is not { } delta) continue;
            target.Apply(TableDeltaCodec.Decode(TableDeltaCodec.Encode(delta)));
        }
    }

    private static void AssertSame(ReplicatedTables expected, ReplicatedTables actual)
    {
        foreach (var (one, other) in expected.All.Zip(actual.All)) Assert.Equal(Encoding.UTF8.GetString(one.ToJson()), Encoding.UTF8.GetString(other.ToJson()));
    }
}
