using System.Text;

namespace RocketAspire.Client.Tests;

/// <summary>Reading through a topic.</summary>
public sealed class TopicScanTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_scan_reads_each_message_once_in_either_direction_and_tells_how_far_it_is()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("broker-a", "broker-b");
        var topic = await cluster.TopicAsync(queues: 3);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        for (var i = 0; i < 150; i++) await producer.SendAsync(new RocketMQMessage(topic, Encoding.UTF8.GetBytes($"{i}")), Ct);
        await cluster.ReadAsync(topic, 150);

        ScanProgress last = default;
        var backwards = await cluster.Admin.Messages.ScanAsync(new TopicScan { Topic = topic, NewestFirst = true, Progress = progress => last = progress }, Ct).ToListAsync(Ct);
        var forwards = await cluster.Admin.Messages.ScanAsync(new TopicScan { Topic = topic }, Ct).ToListAsync(Ct);

        Assert.Equal(new ScanProgress(150, 150), last);
        Assert.Equal(backwards.Select(static record => record.StoreTimestamp).OrderDescending(), backwards.Select(static record => record.StoreTimestamp));
        Assert.Equal(Enumerable.Range(0, 150), backwards.Select(static record => int.Parse(Encoding.UTF8.GetString(record.Body.Span))).Order());
        Assert.Equal(Enumerable.Range(0, 150), forwards.Select(static record => int.Parse(Encoding.UTF8.GetString(record.Body.Span))).Order());
    }

    [Fact]
    public async Task A_scan_of_large_messages_and_of_none_ends()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        Assert.Empty(await cluster.Admin.Messages.ScanAsync(new TopicScan { Topic = topic, NewestFirst = true }, Ct).ToListAsync(Ct));
        Assert.Empty(await cluster.Admin.Messages.ScanAsync(new TopicScan { Topic = "there-is-no-such-topic" }, Ct).ToListAsync(Ct));
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer() with { CompressFromBytes = int.MaxValue }, Ct);
        for (var i = 0; i < 8; i++) await producer.SendAsync(new RocketMQMessage(topic, new byte[i % 2 == 0 ? 1_500_000 : 10]), Ct);
        await cluster.ReadAsync(topic, 8);

        foreach (var newestFirst in (bool[])[true, false])
            Assert.Equal(8, (await cluster.Admin.Messages.ScanAsync(new TopicScan { Topic = topic, NewestFirst = newestFirst }, Ct).ToListAsync(Ct)).DistinctBy(static record => record.QueueOffset).Count());
    }

    [Fact]
    public async Task A_scan_keeps_to_its_time()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 2);
        await using var producer = await RocketMQProducer.StartAsync(cluster.Producer(), Ct);
        for (var i = 0; i < 30; i++)
        {
            await producer.SendAsync(new RocketMQMessage(topic, "x"u8.ToArray()), Ct);
            await Task.Delay(3, Ct);
        }

        var all = (await cluster.ReadAsync(topic, 30)).Select(static message => message.Record.StoreTimestamp).Order().ToList();
        var (from, to) = (DateTimeOffset.FromUnixTimeMilliseconds(all[7]), DateTimeOffset.FromUnixTimeMilliseconds(all[20]));
        var expected = all.Count(time => time >= all[7] && time <= all[20]);

        foreach (var newestFirst in (bool[])[true, false])
            Assert.Equal(expected, await cluster.Admin.Messages.ScanAsync(new TopicScan { Topic = topic, From = from, To = to, NewestFirst = newestFirst }, Ct).CountAsync(Ct));
    }
}
