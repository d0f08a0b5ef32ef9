using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>What a leader answers for, and what becomes of changes that were not committed.</summary>
public sealed class LeaderTests
{
    [Fact]
    public async Task A_change_is_answered_when_it_is_committed_and_not_before()
    {
        await using var node = await MetadataNode.OpenAsync();
        await node.LeadAsync(1);
        var created = node.PutTopicAsync("orders");
        Assert.NotNull(node.Live.Topics.Find("orders"));
        Assert.Null(node.Metadata.Committed.Topics.Find("orders"));
        Assert.False(created.IsCompleted);

        var told = 0;
        node.Metadata.Committed.Topics.Changed += () => told++;
        await node.ConfirmAsync();
        Assert.Null(await created);
        Assert.Equal(node.Live.Topics.Find("orders"), node.Metadata.Committed.Topics.Find("orders"));
        Assert.Equal(node.Live.Topics.Version, node.Metadata.Committed.Topics.Version);
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task A_send_to_a_topic_whose_creation_is_on_its_way_waits_for_it_too()
    {
        await using var node = await MetadataNode.OpenAsync();
        await node.LeadAsync(1);
        var created = node.PutTopicAsync("orders");
        var send = MetadataNode.ChangeAsync(node.Metadata.Commits.Topics, () => Assert.NotNull(node.Live.Topics.CreateFromTemplate("orders", "TBW102", 4, 0)));
        Assert.False(send.IsCompleted);
        await node.ConfirmAsync();
        Assert.Null(await created);
        Assert.Null(await send);
        Assert.Equal(1, node.Records);
        Assert.True(MetadataNode.ChangeAsync(node.Metadata.Commits.Topics, static () => { }).IsCompleted, "nothing to wait for");
    }

    [Fact]
    public async Task Lost_leadership_is_an_error_and_puts_the_tables_back()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        Assert.Null(await node.PutTopicAsync("kept", queues: 1));
        node.Live.ConsumerOffsets.Commit("consumers", "kept", 0, 3);
        node.Confirms = false;
        var before = MetadataNode.Picture(node.Metadata.Committed);

        var created = node.PutTopicAsync("orders");
        var changed = node.PutTopicAsync("kept", queues: 9);
        var removed = MetadataNode.ChangeAsync(node.Metadata.Commits.Groups, () => node.Live.Groups.Remove("TOOLS_CONSUMER"));
        node.Live.DelayOffsets.Set(1, 5);
        node.LoseLead(1);
        Assert.All([await created, await changed, await removed], static refusal => Assert.Equal(ResponseCode.SystemError, refusal!.Value.Code));
        Assert.Equal(before, MetadataNode.Picture(node.Live));
        Assert.Equal(ResponseCode.ServiceNotAvailable, (await node.PutTopicAsync("late"))!.Value.Code);
        Assert.Null(node.Live.Topics.CreateFromTemplate("late", "TBW102", 4, 0));
    }

    [Fact]
    public async Task What_a_later_leader_committed_after_all_is_there()
    {
        await using var node = await MetadataNode.OpenAsync();
        await node.LeadAsync(1);
        var created = node.PutTopicAsync("orders");
        node.LoseLead(1);
        Assert.NotNull(await created);
        Assert.Null(node.Live.Topics.Find("orders"));
        await node.ConfirmAsync();
        Assert.NotNull(node.Live.Topics.Find("orders"));
    }

    [Fact]
    public async Task A_change_begun_in_an_earlier_term_is_not_answered_as_made()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        var commit = node.Metadata.Commits.Topics;
        Assert.Null(commit.Begin(out var ticket));
        node.LoseLead(1);
        node.Live.Topics.Put(new TopicConfig { TopicName = "orders" });
        await node.LeadAsync(2);
        Assert.Equal(ResponseCode.SystemError, (await commit.CommitAsync(ticket))!.Value.Code);
        Assert.Null(node.Live.Topics.Find("orders"));
    }

    [Fact]
    public async Task A_term_that_ended_before_it_was_served_opens_nothing()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Metadata.Follow(3);
        node.Metadata.Lead(3);
        Assert.Equal(ResponseCode.ServiceNotAvailable, node.Metadata.Commits.Topics.Begin(out _)!.Value.Code);
        node.Live.Topics.Put(new TopicConfig { TopicName = "orders" });
        Assert.Null(node.Live.Topics.Find("orders"));
    }

    [Fact]
    public async Task Without_a_majority_in_time_the_answer_says_so_and_a_later_commit_counts()
    {
        var time = new ManualTimeProvider();
        await using var node = await MetadataNode.OpenAsync(time: time, commitTimeout: TimeSpan.FromSeconds(3));
        await node.LeadAsync(1);
        var created = node.PutTopicAsync("orders");
        time.Advance(TimeSpan.FromSeconds(3));
        var refusal = (await created)!.Value;
        Assert.Equal((ResponseCode.SystemError, "no majority of the group has confirmed the change within 3 s; it may still be made"), (refusal.Code, refusal.Remark));
        await node.ConfirmAsync();
        Assert.NotNull(node.Metadata.Committed.Topics.Find("orders"));
        Assert.NotNull(node.Live.Topics.Find("orders"));
    }

    [Fact]
    public async Task A_change_that_the_log_does_not_take_is_put_back_and_one_before_it_stays()
    {
        var device = new PowerLossDevice();
        await using var node = await MetadataNode.OpenAsync(device);
        await node.LeadAsync(1);
        Assert.Null(node.Metadata.Commits.Topics.Begin(out var elder));
        var first = node.PutTopicAsync("orders", queues: 1);
        device.CapacityBytes = 1;
        var second = await node.PutTopicAsync("orders", queues: 2);
        Assert.Equal(ResponseCode.ServiceNotAvailable, second!.Value.Code);
        Assert.Contains("DiskFull", second.Value.Remark, StringComparison.Ordinal);
        Assert.Equal(1, node.Live.Topics.Find("orders")!.ReadQueueNums);
        var third = await node.PutTopicAsync("other");
        Assert.NotNull(third);
        Assert.Null(node.Live.Topics.Find("other"));

        // Whoever changed something at the same time may have been put back with it.
        Assert.NotNull(await node.Metadata.Commits.Topics.CommitAsync(elder));
        device.CapacityBytes = long.MaxValue;
        await node.ConfirmAsync();
        Assert.Null(await first);
        Assert.Equal(1, node.Metadata.Committed.Topics.Find("orders")!.ReadQueueNums);
        node.Confirms = true;
        Assert.Null(await node.PutTopicAsync("other"));
    }

    [Fact]
    public async Task Changes_that_nobody_waits_for_are_committed_at_once()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        node.Live.Topics.GetOrCreate("%RETRY%consumers", 1, PermName.ReadWrite, 0);
        node.Live.Groups.Find("consumers");
        await Eventually.TrueAsync("the retry topic to be committed", () => node.Metadata.Committed.Topics.Find("%RETRY%consumers") is not null);
        await Eventually.TrueAsync("the group to be committed", () => node.Metadata.Committed.Groups.Peek("consumers") is not null);
    }

    [Fact]
    public async Task Offsets_gather_for_a_while_and_no_change_writes_nothing()
    {
        var time = new ManualTimeProvider();
        await using var node = await MetadataNode.OpenAsync(time: time);
        await node.LeadAsync(1);
        var end = node.Store.MaxPhysicalOffset;
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(end, node.Store.MaxPhysicalOffset);

        for (var i = 0; i < 1000; i++) node.Live.ConsumerOffsets.Commit("consumers", "orders", i % 3, i);
        node.Live.DelayOffsets.Set(1, 1);
        time.Advance(MetadataLog.GatherOffsets - TimeSpan.FromMilliseconds(1));
        Assert.Equal(end, node.Store.MaxPhysicalOffset);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await node.ConfirmAsync();
        Assert.Equal(2, node.Records);
        Assert.Equal(999, node.Metadata.Committed.ConsumerOffsets.Query("consumers", "orders", 0));
        Assert.Equal(1, node.Metadata.Committed.DelayOffsets.Get(1));

        end = node.Store.MaxPhysicalOffset;
        node.Live.ConsumerOffsets.Commit("consumers", "orders", 0, 999);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(end, node.Store.MaxPhysicalOffset);
    }

    [Fact]
    public async Task A_group_that_is_slow_to_commit_gets_one_record_of_offsets_at_a_time()
    {
        var time = new ManualTimeProvider();
        await using var node = await MetadataNode.OpenAsync(time: time);
        await node.LeadAsync(1);
        node.Live.ConsumerOffsets.Commit("consumers", "orders", 0, 1);
        time.Advance(MetadataLog.GatherOffsets);
        var end = node.Store.MaxPhysicalOffset;
        for (var i = 2; i < 10; i++)
        {
            node.Live.ConsumerOffsets.Commit("consumers", "orders", 0, i);
            time.Advance(MetadataLog.GatherOffsets);
        }

        Assert.Equal(end, node.Store.MaxPhysicalOffset);
        await node.ConfirmAsync();
        Assert.Equal(1, node.Metadata.Committed.ConsumerOffsets.Query("consumers", "orders", 0));
        await Eventually.TrueAsync("the timer to be armed again", () =>
        {
            time.Advance(MetadataLog.GatherOffsets);
            return node.Store.MaxPhysicalOffset > end;
        });
        await node.ConfirmAsync();
        Assert.Equal(9, node.Metadata.Committed.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    [Fact]
    public async Task Offsets_that_the_log_does_not_take_are_tried_again()
    {
        var time = new ManualTimeProvider();
        var device = new PowerLossDevice();
        await using var node = await MetadataNode.OpenAsync(device, time);
        await node.LeadAsync(1);
        device.CapacityBytes = 1;
        node.Live.ConsumerOffsets.Commit("consumers", "orders", 0, 7);
        time.Advance(MetadataLog.GatherOffsets);
        device.CapacityBytes = long.MaxValue;
        Assert.Equal(7, node.Live.ConsumerOffsets.Query("consumers", "orders", 0));
        time.Advance(TimeSpan.FromSeconds(1));
        await node.ConfirmAsync();
        Assert.Equal(7, node.Metadata.Committed.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    [Fact]
    public async Task Whoever_answers_for_an_offset_does_not_wait_for_the_gathering()
    {
        await using var node = await MetadataNode.OpenAsync(time: new ManualTimeProvider());
        node.Confirms = true;
        await node.LeadAsync(1);
        Assert.Null(await MetadataNode.ChangeAsync(node.Metadata.Commits.ConsumerOffsets, () => node.Live.ConsumerOffsets.Commit("consumers", "orders", 0, 7)));
        Assert.Equal(7, node.Metadata.Committed.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    [Fact]
    public async Task A_large_change_is_several_records_and_all_of_them_are_waited_for()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        var topics = Enumerable.Range(0, 100).Select(static i => new TopicConfig { TopicName = $"topic-{i}" }).ToArray();
        Assert.Null(await MetadataNode.ChangeAsync(node.Metadata.Commits.Topics, () => node.Live.Topics.Put(topics)));
        Assert.All(topics, topic => Assert.Equal(topic, node.Metadata.Committed.Topics.Find(topic.TopicName)));
        Assert.InRange(node.Records, 4, 50);
    }

    [Fact]
    public async Task Many_writers_at_once_all_get_their_topics()
    {
        await using var node = await MetadataNode.OpenAsync();
        node.Confirms = true;
        await node.LeadAsync(1);
        var created = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                if (await node.PutTopicAsync($"topic-{writer}-{i}") is { } refusal) return refusal.Remark;
                if (node.Metadata.Committed.Topics.Find($"topic-{writer}-{i}") is null) return $"topic-{writer}-{i} was answered before it was committed";
            }

            return null;
        })));
        Assert.All(created, static problem => Assert.Null(problem));
    }
}
