using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

/// <summary>What an operator does through <see cref="RocketMQAdmin"/>.</summary>
public sealed class AdminScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_topic_is_listed_with_its_kind_changed_looked_into_and_deleted()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync(queues: 2);
        var listed = Assert.Single(await scenario.Admin.Topics.ListAsync(Scenario.Ct), t => t.Name == topic);
        Assert.Equal((TopicKind.Normal, 2), (listed.Kind, listed.Configs[cluster.BrokerName].ReadQueueNums));

        await scenario.Admin.Topics.CreateOrUpdateAsync(listed.Configs[cluster.BrokerName] with { ReadQueueNums = 3, WriteQueueNums = 3 }, [cluster.BrokerName], Scenario.Ct);
        listed = Assert.Single(await scenario.Admin.Topics.ListAsync(Scenario.Ct), t => t.Name == topic);
        Assert.Equal(3, listed.Configs[cluster.BrokerName].WriteQueueNums);

        await scenario.SendAsync(topic, "x", queueId: 2);
        await scenario.PulledAsync(topic, 1, queueId: 2);
        var status = await scenario.Admin.Topics.GetStatusAsync(topic, Scenario.Ct);
        Assert.Equal([(0, 0L), (1, 0L), (2, 1L)], status.Select(static s => (s.Key.QueueId, s.Value.MaxOffset)));

        await scenario.Admin.Topics.DeleteAsync(topic, Scenario.Ct);
        Assert.DoesNotContain(await scenario.Admin.Topics.ListAsync(Scenario.Ct), t => t.Name == topic);
        Assert.Null(await scenario.Admin.GetRouteAsync(topic, Scenario.Ct));
    }

    [Fact]
    public async Task A_groups_progress_is_seen_and_reset_while_nobody_is_connected()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        for (var i = 0; i < 5; i++) await scenario.SendAsync(topic, $"m{i}");
        await scenario.PulledAsync(topic, 5);
        await scenario.Admin.Groups.SetOffsetAsync(scenario.Broker, topic, 0, group, 3, Scenario.Ct);
        Assert.Equal(2, (await scenario.Admin.Groups.GetProgressAsync(group, topic, Scenario.Ct)).Backlog);
        Assert.Contains(group, (await scenario.Admin.Groups.ListAsync(Scenario.Ct)).Select(static g => g.Name));
        Assert.Null(await scenario.Admin.Groups.GetConnectionsAsync(group, Scenario.Ct));

        var queue = new Protocol.Bodies.MessageQueue(topic, cluster.BrokerName, 0);
        Assert.Equal(0, (await scenario.Admin.Groups.ResetOffsetsAsync(topic, group, DateTimeOffset.UnixEpoch, maySkip: true, Scenario.Ct))[queue]);
        Assert.Equal(5, (await scenario.Admin.Groups.GetProgressAsync(group, topic, Scenario.Ct)).Backlog);
        // Without leave to skip, a later time moves nothing on.
        await scenario.Admin.Groups.ResetOffsetsAsync(topic, group, DateTimeOffset.UtcNow.AddDays(1), maySkip: false, Scenario.Ct);
        Assert.Equal(5, (await scenario.Admin.Groups.GetProgressAsync(group, topic, Scenario.Ct)).Backlog);
        await scenario.Admin.Groups.ResetOffsetsAsync(topic, group, null, maySkip: true, Scenario.Ct);
        Assert.Equal(0, (await scenario.Admin.Groups.GetProgressAsync(group, topic, Scenario.Ct)).Backlog);
    }

    [Fact]
    public async Task A_message_is_found_by_id_key_unique_id_and_time_and_tracked()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);
        await scenario.SendAsync(topic, "found", tag: "blue", keys: ["k1", "k2"]);
        await scenario.SendAsync(topic, "other", keys: ["k2"]);
        var found = (await scenario.PulledAsync(topic, 2))[0];
        var messages = scenario.Admin.Messages;

        Assert.Equal("found", Scenario.Text((await messages.GetByIdAsync(MessageId.Create(found.StoreHost, found.PhysicalOffset), Scenario.Ct))!));
        await Eventually.TrueAsync("the index to hold both", async () => (await messages.FindByKeyAsync(topic, "k2", cancellationToken: Scenario.Ct)).Count == 2);
        Assert.Equal("found", Scenario.Text(Assert.Single(await messages.FindByKeyAsync(topic, "k1", cancellationToken: Scenario.Ct))));
        Assert.Empty(await messages.FindByKeyAsync(topic, "k3", cancellationToken: Scenario.Ct));
        Assert.Equal("found", Scenario.Text(Assert.Single(await messages.FindByUniqueIdAsync(topic, Scenario.Property(found, MessageProperties.UniqKey), Scenario.Ct))));
        Assert.Equal(["found", "other"], await messages.FindByTimeAsync(topic, before, DateTimeOffset.UtcNow.AddMinutes(1), Scenario.Ct).Select(Scenario.Text).ToListAsync(Scenario.Ct));
        Assert.Empty(await messages.FindByTimeAsync(topic, before.AddHours(-1), before, Scenario.Ct).ToListAsync(Scenario.Ct));

        var client = scenario.NewClient();
        await scenario.HeartbeatAsync(client, "c1", group, topic);
        Assert.Equal(TrackState.NotConsumed, (await messages.TrackAsync(found, Scenario.Ct))[group]);
        await scenario.Admin.Groups.SetOffsetAsync(scenario.Broker, topic, 0, group, 1, Scenario.Ct);
        Assert.Equal(TrackState.Consumed, (await messages.TrackAsync(found, Scenario.Ct))[group]);
    }

    [Fact]
    public async Task A_broker_tells_its_settings_and_takes_new_ones()
    {
        await using var scenario = new Scenario(cluster);
        const string Key = "maxMessageSize";
        var brokers = scenario.Admin.Brokers;
        Assert.Contains(await brokers.ListAsync(Scenario.Ct), b => b.Address == scenario.Broker && b.IsMaster);
        Assert.Contains("brokerVersionDesc", (await brokers.GetRuntimeInfoAsync(scenario.Broker, Scenario.Ct)).Keys);
        var before = (await brokers.GetConfigAsync(scenario.Broker, Scenario.Ct))[Key];
        try
        {
            await brokers.UpdateConfigAsync(scenario.Broker, new Dictionary<string, string> { [Key] = "3145728" }, Scenario.Ct);
            Assert.Equal("3145728", (await brokers.GetConfigAsync(scenario.Broker, Scenario.Ct))[Key]);
        }
        finally
        {
            await brokers.UpdateConfigAsync(scenario.Broker, new Dictionary<string, string> { [Key] = before }, Scenario.Ct);
        }
    }

    [Fact]
    public async Task Values_kept_at_the_name_servers_are_set_read_and_deleted()
    {
        await using var scenario = new Scenario(cluster);
        var space = $"Scenario-{Guid.NewGuid():N}";
        var nameServers = scenario.Admin.NameServers;
        Assert.Null(await nameServers.GetValueAsync(space, "k", Scenario.Ct));
        await nameServers.SetValueAsync(space, "k", "v", Scenario.Ct);
        Assert.Equal("v", await nameServers.GetValueAsync(space, "k", Scenario.Ct));
        Assert.Equal("v", (await nameServers.GetValuesAsync(space, Scenario.Ct))["k"]);
        await nameServers.DeleteValueAsync(space, "k", Scenario.Ct);
        Assert.Null(await nameServers.GetValueAsync(space, "k", Scenario.Ct));
        Assert.NotEmpty(await nameServers.GetConfigAsync(scenario.Connection.NameServers[0], Scenario.Ct));
    }

    [Fact]
    public async Task A_change_on_a_broker_that_is_not_there_says_so()
    {
        await using var scenario = new Scenario(cluster);
        var e = await Assert.ThrowsAsync<RocketMQBrokerNotFoundException>(() => scenario.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = "Nowhere" }, ["no-such-broker"], Scenario.Ct));
        Assert.Contains("no-such-broker", e.Message, StringComparison.Ordinal);
        var partial = await Assert.ThrowsAsync<RocketMQPartialChangeException>(() => scenario.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = "wrong name" }, [cluster.BrokerName], Scenario.Ct));
        Assert.Equal((0, scenario.Broker), (partial.Done.Count, partial.Failed[0].Address));
        Assert.IsType<RocketMQResponseException>(partial.InnerException);
    }
}
