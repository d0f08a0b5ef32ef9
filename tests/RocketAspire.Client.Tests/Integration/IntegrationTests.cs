using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using RocketAspire.ServiceDefaults;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests.Integration;

/// <summary>The client as an application's services: settings, handlers that run with the application, health.</summary>
public sealed class IntegrationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_sends_and_consumes_in_three_lines()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync(queues: 1);
        var builder = NewBuilder(("ConnectionStrings:rocketmq", cluster.NameServers));
        builder.Services.AddSingleton<Inbox>();
        builder.AddRocketMQProducer("rocketmq");
        builder.AddRocketMQConsumer<InboxHandler>("rocketmq", settings =>
        {
            settings.Group = "shop";
            settings.ConsumeFromWhere = ConsumeFromWhere.FirstOffset;
            settings.Subscriptions.Add(new() { Topic = topic, Expression = "created || paid" });
        });
        using var host = builder.Build();
        await host.StartAsync(Ct);
        var producer = host.Services.GetRequiredService<RocketMQProducer>();
        await producer.SendAsync(new RocketMQMessage(topic, "1"u8.ToArray()) { Tag = "created" }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, "2"u8.ToArray()) { Tag = "cancelled" }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, "3"u8.ToArray()) { Tag = "paid" }, Ct);
        var inbox = host.Services.GetRequiredService<Inbox>();
        await Eventually.TrueAsync("both orders", () => inbox.Bodies.Count >= 2);
        Assert.Equal(["1", "3"], inbox.Bodies.Order());
        Assert.Equal(2, inbox.Handlers.Count);
        await host.StopAsync(Ct);
        var progress = await cluster.Admin.Groups.GetProgressAsync("shop", topic, Ct);
        Assert.Equal(0, progress.Backlog);
    }

    [Fact]
    public void Named_settings_win_over_common_ones_and_the_connection_string_and_code_over_both()
    {
        var builder = NewBuilder(
            ("Aspire:RocketMQ:Client:Group", "common"), ("Aspire:RocketMQ:Client:MaxRetries", "5"), ("Aspire:RocketMQ:Client:ConnectionString", "127.0.0.1:1"),
            ("Aspire:RocketMQ:Client:two:Group", "named"), ("ConnectionStrings:two", "127.0.0.1:2"));
        var seen = new Dictionary<string, RocketMQProducerOptions>(StringComparer.Ordinal);
        builder.AddKeyedRocketMQProducer("one", configureOptions: (_, options) => seen["one"] = options);
        builder.AddKeyedRocketMQProducer("two", settings => settings.SendTimeout = TimeSpan.FromSeconds(7), (_, options) => seen["two"] = options);
        using var host = builder.Build();
        host.Services.GetRequiredKeyedService<RocketMQProducer>("one");
        host.Services.GetRequiredKeyedService<RocketMQProducer>("two");
        Assert.Equal(("common", 5, "127.0.0.1:1"), (seen["one"].Group, seen["one"].MaxRetries, seen["one"].NameServers));
        Assert.Equal(("named", 5, "127.0.0.1:2", 7d), (seen["two"].Group, seen["two"].MaxRetries, seen["two"].NameServers, seen["two"].SendTimeout.TotalSeconds));
    }

    [Fact]
    public void A_missing_or_wrong_connection_string_is_told_when_the_client_is_needed_with_where_to_set_it()
    {
        var builder = NewBuilder(("ConnectionStrings:wrong", "no-port"), ("Aspire:RocketMQ:Client:half:AccessKey", "a"), ("ConnectionStrings:half", "127.0.0.1:1"));
        builder.AddRocketMQProducer("missing");
        builder.AddKeyedRocketMQProducer("wrong");
        builder.AddKeyedRocketMQProducer("half");
        using var host = builder.Build();
        var missing = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<RocketMQProducer>());
        Assert.Contains("ConnectionStrings:missing", missing.Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredKeyedService<RocketMQProducer>("wrong"));
        Assert.Contains("no-port", wrong.Message, StringComparison.Ordinal);
        var half = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredKeyedService<RocketMQProducer>("half"));
        Assert.Contains("SecretKey", half.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_follows_the_cluster_and_recovers()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var builder = NewBuilder(("ConnectionStrings:rocketmq", cluster.NameServers), ("Aspire:RocketMQ:Client:RequestTimeout", "00:00:01"));
        builder.AddRocketMQProducer("rocketmq");
        builder.AddRocketMQAdmin("rocketmq");
        using var host = builder.Build();
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var first = await health.CheckHealthAsync(Ct);
        Assert.Equal(["RocketMQ_rocketmq"], first.Entries.Keys);
        Assert.Equal(HealthStatus.Healthy, first.Status);
        await cluster.StopBrokerAsync("broker-a");
        await Eventually.TrueAsync("ill health", async () => (await health.CheckHealthAsync(Ct)).Status == HealthStatus.Unhealthy);
        await cluster.StartBrokerAsync("broker-a");
        await Eventually.TrueAsync("health", async () => (await health.CheckHealthAsync(Ct)).Status == HealthStatus.Healthy);
    }

    [Fact]
    public async Task What_is_switched_off_is_not_there()
    {
        var builder = NewBuilder(("ConnectionStrings:rocketmq", "127.0.0.1:1"), ("Aspire:RocketMQ:Client:DisableHealthChecks", "true"), ("Aspire:RocketMQ:Client:DisableTracing", "true"));
        RocketMQProducerOptions? seen = null;
        builder.Services.AddHealthChecks();
        builder.AddRocketMQProducer("rocketmq", configureOptions: (_, options) => seen = options);
        using var host = builder.Build();
        Assert.Empty((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct)).Entries);
        host.Services.GetRequiredService<RocketMQProducer>();
        Assert.Equal((true, false), (seen!.DisableTracing, seen.DisableMetrics));
    }

    [Fact]
    public async Task A_consumer_waits_for_a_cluster_that_is_not_there_yet_and_stops_while_it_waits()
    {
        var builder = NewBuilder(("ConnectionStrings:rocketmq", $"127.0.0.1:{FreePorts.Next()}"), ("Aspire:RocketMQ:Client:RequestTimeout", "00:00:01"));
        builder.Services.AddSingleton<Inbox>();
        builder.AddRocketMQConsumer<InboxHandler>("rocketmq", settings =>
        {
            settings.Group = "early";
            settings.Subscriptions.Add(new() { Topic = "Orders" });
        });
        using var host = builder.Build();
        await host.StartAsync(Ct);
        await host.StopAsync(Ct).WaitAsync(TimeSpan.FromSeconds(10), Ct);
    }

    [Fact]
    public async Task A_consumer_without_group_or_subscription_ends_the_application_with_the_reason()
    {
        var builder = NewBuilder(("ConnectionStrings:rocketmq", "127.0.0.1:1"));
        builder.Services.AddSingleton<Inbox>();
        builder.AddRocketMQConsumer<InboxHandler>("rocketmq", settings => settings.Group = "lost");
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Ct));
        Assert.Contains("needs a subscription", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Service_defaults_give_producers_their_pipelines_by_key()
    {
        var builder = NewBuilder(("ConnectionStrings:rocketmq", "127.0.0.1:1"));
        RocketMQProducerOptions? seen = null;
        builder.AddServiceDefaults();
        builder.AddRocketMQProducer("rocketmq", configureOptions: (_, options) => seen = options);
        using var host = builder.Build();
        host.Services.GetRequiredService<RocketMQProducer>();
        Assert.NotNull(seen!.SendPipeline);
        Assert.Same(seen.BrokerPipeline!("broker-a"), seen.BrokerPipeline("broker-a"));
        Assert.NotSame(seen.BrokerPipeline("broker-a"), seen.BrokerPipeline("broker-b"));
    }

    [Fact]
    public async Task With_the_pipelines_a_send_outlives_a_restart_of_the_only_broker()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var builder = NewBuilder(
            ("ConnectionStrings:rocketmq", cluster.NameServers), ("Aspire:RocketMQ:Client:MaxRetries", "0"), ("ServiceDefaults:RocketMQ:MaxRetries", "20"), ("ServiceDefaults:RocketMQ:BreakDuration", "00:00:01"));
        builder.AddServiceDefaults();
        builder.AddRocketMQProducer("rocketmq");
        using var host = builder.Build();
        var producer = host.Services.GetRequiredService<RocketMQProducer>();
        await producer.SendAsync(new RocketMQMessage(topic, "before"u8.ToArray()), Ct);
        await cluster.StopBrokerAsync("broker-a");
        var sending = producer.SendAsync(new RocketMQMessage(topic, "meanwhile"u8.ToArray()), Ct).AsTask();
        await cluster.StartBrokerAsync("broker-a");
        Assert.True((await sending).IsAcknowledged);
    }

    private static HostApplicationBuilder NewBuilder(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "Shop.Tests" });
        builder.Configuration.AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Services.AddLogging();
        return builder;
    }

    private sealed class Inbox
    {
        public ConcurrentQueue<string> Bodies { get; } = [];

        public ConcurrentDictionary<InboxHandler, bool> Handlers { get; } = [];
    }

    private sealed class InboxHandler(Inbox inbox) : IRocketMQMessageHandler
    {
        public ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
        {
            inbox.Handlers[this] = true;
            inbox.Bodies.Enqueue(Encoding.UTF8.GetString(message.Body.Span));
            return new(ConsumeResult.Success);
        }
    }
}
