using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>Disks of a group's nodes that change bytes which were committed.</summary>
public sealed class LogDamageTests
{
    private const int Messages = 40;

    // Of the head, the topic and the properties of a record as well as of its body; and the blank end of a file.
    public static TheoryData<int> Distances => [-1, 3, 12, 25, 33, 60, 88, 92, 100];

    [Theory]
    [MemberData(nameof(Distances))]
    public async Task A_damaged_byte_of_a_followers_log_is_as_the_others_have_it_soon_after_its_start(int distance)
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", Messages);
        var node = group.Nodes.First(n => n != leader);
        await group.AgreedAsync(sent);
        var sound = leader.LogBytes();
        var at = RecordOf(leader, Messages / 2) + distance;
        // An orderly stop: its log isn't read again up to the end by the start.
        await node.StopAsync();
        Change(node, at);
        await node.StartAsync();
        await Eventually.TrueAsync("the byte to be mended", () => node.LogBytes() is var now && now.Length >= sound.Length && now.AsSpan(0, sound.Length).SequenceEqual(sound));
        sent.AddRange(await group.SentAsync("b", 5));
        await group.AgreedAsync(sent);
    }

    [Fact]
    public async Task A_leader_gives_no_damaged_message_to_a_consumer_but_fetches_it_first()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", Messages);
        await group.AgreedAsync(sent);
        Change(leader, RecordOf(leader, 7) + 89);
        Assert.Equal(sent, leader.Bodies("T", 0));
    }

    [Fact]
    public async Task A_node_that_returns_empty_gets_no_damaged_record_from_a_leader()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", Messages);
        await group.AgreedAsync(sent);
        var node = group.Nodes.First(n => n != leader);
        await node.KillAsync();
        node.Wipe();
        Change(leader, RecordOf(leader, 7) + 89);
        Change(leader, RecordOf(leader, 20) + 2);
        await node.StartAsync();
        await group.AgreedAsync(sent);
    }

    /// <summary>Two of three nodes: no majority to ask, but a body says itself that it isn't right.</summary>
    [Fact]
    public async Task With_one_other_node_alone_a_damaged_body_is_mended_too()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = await group.SentAsync("a", Messages);
        await group.AgreedAsync(sent);
        var followers = group.Nodes.Where(n => n != leader).ToList();
        await followers[0].KillAsync();
        await followers[1].StopAsync();
        Change(followers[1], RecordOf(leader, 5) + 89);
        await followers[1].StartAsync();
        await Eventually.TrueAsync("the body to be mended", () => followers[1].LogBytes() is var now && leader.LogBytes() is var whole && now.Length > 0 && whole.AsSpan().StartsWith(now));
    }

    /// <summary>Where the record begins of a message of the test's queue.</summary>
    private static long RecordOf(GroupNode node, int queueOffset) => node.Broker!.Store.Queries.ReadEntries("T", 0, queueOffset, 1)![0].PhysicalOffset;

    private static void Change(GroupNode node, long at)
    {
        var size = TestBroker.StoreIn("/" + node.Peer.Id).CommitLogFileSizeBytes;
        using var file = node.Device.Open($"/{node.Peer.Id}/commitlog/{at - (at % size):D20}", create: false);
        var one = new byte[1];
        file.Read(at % size, one);
        file.Write(at % size, [(byte)(one[0] ^ 16)]);
    }
}
