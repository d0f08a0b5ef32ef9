using System.Net;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>What a node makes of the records that a leader wrote.</summary>
public sealed class FollowerTests
{
    [Fact]
    public async Task A_follower_has_what_is_committed_tells_of_it_and_takes_nothing_else()
    {
        await using var leader = await MetadataNode.OpenAsync(time: new ManualTimeProvider());
        await using var follower = await MetadataNode.OpenAsync();
        await leader.LeadAsync(1);
        leader.Confirms = true;
        await MetadataLife.LiveAsync(leader, new Random(1), 100, []);
        leader.Confirms = false;
        _ = leader.PutTopicAsync("not-yet");
        var told = 0;
        follower.Metadata.Committed.Topics.Changed += () => Interlocked.Increment(ref told);
        await follower.FollowAsync(leader);
        follower.AssertSameAs(leader);
        Assert.Null(follower.Live.Topics.Find("not-yet"));
        Assert.True(told > 0, "name servers hear of it from followers too");

        // A pull by an unknown group is served, but leaves no trace.
        Assert.NotNull(follower.Live.Groups.Find("unknown"));
        Assert.False(follower.Live.ConsumerOffsets.Commit("unknown", "orders", 0, 1));
        follower.AssertSameAs(leader);
    }

    [Fact]
    public async Task A_follower_that_takes_over_goes_on_where_the_leader_was()
    {
        await using var first = await MetadataNode.OpenAsync();
        await using var second = await MetadataNode.OpenAsync();
        first.Confirms = true;
        await first.LeadAsync(1);
        await MetadataLife.LiveAsync(first, new Random(2), 40, []);
        first.Live.ConsumerOffsets.Commit("consumers", "orders", 0, 41);
        await MetadataNode.ChangeAsync(first.Metadata.Commits.ConsumerOffsets, static () => { });
        await second.FollowAsync(first);
        first.LoseLead(1);
        second.Confirms = true;
        await second.LeadAsync(2);
        Assert.Equal(41, second.Live.ConsumerOffsets.Query("consumers", "orders", 0));
        Assert.Null(await second.PutTopicAsync("orders"));
        await first.FollowAsync(second);
        first.AssertSameAs(second);
    }

    [Fact]
    public async Task Replay_from_any_older_position_ends_with_the_same_tables()
    {
        await using var leader = await MetadataNode.OpenAsync(time: new ManualTimeProvider());
        leader.Confirms = true;
        await leader.LeadAsync(1);
        var positions = new List<ReadOnlyMemory<byte>> { leader.Metadata.Export() };
        var random = new Random(3);
        for (var i = 0; i < 20; i++)
        {
            await MetadataLife.LiveAsync(leader, random, 10, []);
            positions.Add(leader.Metadata.Export());
        }

        await leader.ConfirmAsync();
        foreach (var position in positions)
        {
            await using var node = await MetadataNode.OpenAsync();
            await node.Metadata.ImportAsync(position);
            await node.FollowAsync(leader);
            node.AssertSameAs(leader);
        }
    }

    [Fact]
    public async Task A_restart_goes_on_from_what_was_saved()
    {
        var device = new PowerLossDevice();
        string[] before;
        await using (var node = await MetadataNode.OpenAsync(device, new ManualTimeProvider()))
        {
            node.Confirms = true;
            await node.LeadAsync(1);
            await MetadataLife.LiveAsync(node, new Random(4), 60, []);
            await node.ConfirmAsync();
            before = MetadataNode.Picture(node.Metadata.Committed);
        }

        await using var again = await MetadataNode.OpenAsync(device);
        Assert.Equal(before, MetadataNode.Picture(again.Metadata.Committed));
        Assert.Equal(before, MetadataNode.Picture(again.Live));
        Assert.Equal(before, again.Live.All.Select(table => Encoding.UTF8.GetString(device.Content(MetadataNode.Config(table.FileName))!)));
    }

    [Fact]
    public async Task A_record_that_is_no_change_of_a_table_is_passed_over()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        foreach (var body in (string[])["no json", "{}", "{\"table\":\"unknown.json\",\"set\":{\"a\":1}}", "{\"table\":\"topics.json\",\"set\":5}"]) Append(node, body);
        Assert.Null(await node.PutTopicAsync("orders"));
        Assert.Equal(5, node.Records);
        Assert.Null(node.Metadata.Problem);
    }

    [Fact]
    public async Task A_record_that_the_disk_damaged_stops_the_tables_and_the_election()
    {
        var device = new PowerLossDevice();
        await using var node = await MetadataNode.OpenAsync(device);
        await node.LeadAsync(1);
        _ = node.PutTopicAsync("orders");
        var at = node.Store.Terms.Entries[^1].StartOffset;
        using (var file = device.Open(Path.Combine(MetadataNode.Root, "commitlog", "00000000000000000000"), create: false))
        {
            // A bit within the name of the topic.
            var bytes = new byte[node.Store.MaxPhysicalOffset];
            file.Read(0, bytes);
            var name = bytes.AsSpan((int)at).IndexOf("\"orders\""u8) + (int)at + 2;
            file.Write(name, [(byte)(bytes[name] ^ 1)]);
        }

        node.Store.SetConfirmOffset(node.Store.MaxPhysicalOffset);
        await Eventually.TrueAsync("the damage to be noticed", () => node.Metadata.Problem is not null);
        Assert.Equal("the record is damaged on this disk", node.Metadata.Problem);
        var e = await Assert.ThrowsAsync<StoreException>(() => node.Metadata.WaitAppliedAsync(node.Store.MaxPhysicalOffset, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal("the record is damaged on this disk", e.Message);
        Assert.Null(node.Metadata.Committed.Topics.Find("orders"));
    }

    [Fact]
    public async Task Waiting_for_what_is_not_committed_can_be_given_up()
    {
        await using var node = await MetadataNode.OpenAsync();
        using var cancel = new CancellationTokenSource();
        var waiting = node.Metadata.WaitAppliedAsync(1, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static void Append(MetadataNode node, string body)
    {
        var nowhere = new IPEndPoint(IPAddress.Loopback, 0);
        Assert.True(node.Store.Append(new MessageRecord { Topic = TopicNames.Metadata, BornHost = nowhere, StoreHost = nowhere, Body = Encoding.UTF8.GetBytes(body) }).IsOk);
    }
}
