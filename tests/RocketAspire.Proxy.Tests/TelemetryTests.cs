using Grpc.Core;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy.Tests;

public sealed class TelemetryTests(SharedCluster shared)
{
    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task A_producer_hears_limits_and_backoff()
    {
        using var caller = new Caller(_cluster.Proxy, "p1");
        var (stream, answer) = await caller.TellAsync(Caller.Producer(await _cluster.TopicAsync()));
        using var told = stream;
        var settings = answer.Settings;
        Assert.Equal((Code.Ok, 4 * 1024 * 1024, true, 3, false), (answer.Status.Code, settings.Publishing.MaxBodySize, settings.Publishing.ValidateMessageType, settings.BackoffPolicy.MaxAttempts, settings.Metric.On));
        Assert.Equal((0.01, 1, 2f), (settings.BackoffPolicy.ExponentialBackoff.Initial.ToTimeSpan().TotalSeconds, settings.BackoffPolicy.ExponentialBackoff.Max.Seconds, settings.BackoffPolicy.ExponentialBackoff.Multiplier));
    }

    [Fact]
    public async Task A_consumer_hears_its_group_s_settings()
    {
        using var caller = new Caller(_cluster.Proxy, "c1");
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync(static config => config with
        {
            ConsumeMessageOrderly = true,
            RetryMaxTimes = 4,
            GroupRetryPolicy = new() { IsExponential = true, Exponential = new() { InitialMs = 2000, MaxMs = 60_000, Multiplier = 3 } },
        });
        var (stream, answer) = await caller.TellAsync(Caller.Consumer(group, topic));
        using var told = stream;
        var settings = answer.Settings;
        Assert.Equal((true, 32, 20L, 5), (settings.Subscription.Fifo, settings.Subscription.ReceiveBatchSize, settings.Subscription.LongPollingTimeout.Seconds, settings.BackoffPolicy.MaxAttempts));
        Assert.Equal((2L, 60L, 3f), (settings.BackoffPolicy.ExponentialBackoff.Initial.Seconds, settings.BackoffPolicy.ExponentialBackoff.Max.Seconds, settings.BackoffPolicy.ExponentialBackoff.Multiplier));
    }

    [Fact]
    public async Task A_group_that_is_not_there_yet_has_the_defaults()
    {
        using var caller = new Caller(_cluster.Proxy, "c2");
        var (stream, answer) = await caller.TellAsync(Caller.Consumer($"New-{Guid.NewGuid():N}", await _cluster.TopicAsync(), ClientType.PushConsumer));
        using var told = stream;
        Assert.Equal((false, 17, 18), (answer.Settings.Subscription.Fifo, answer.Settings.BackoffPolicy.MaxAttempts, answer.Settings.BackoffPolicy.CustomizedBackoff.Next.Count));
    }

    [Fact]
    public async Task Settings_that_can_t_be_end_the_stream_with_a_status()
    {
        using var caller = new Caller(_cluster.Proxy, "c3");
        await EndsAsync(new Settings { ClientType = ClientType.Producer }, "there is no publishing or subscription data in settings");
        await EndsAsync(Caller.Producer("a b"), "process client telemetryCommand failed. The specified topic[a b] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
        await EndsAsync(Caller.Consumer("", "T"), "process client telemetryCommand failed. the specified group is blank");
        await EndsAsync(Caller.Producer([.. Enumerable.Range(0, 20_000).Select(static i => $"Topic-number-{i}")]), $"process client telemetryCommand failed. settings are larger than {256 * 1024} bytes");

        async Task EndsAsync(Settings settings, string message)
        {
            using var stream = caller.Service.Telemetry(caller.Options());
            await stream.RequestStream.WriteAsync(new TelemetryCommand { Settings = settings });
            var e = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(ProxyCluster.Ct));
            Assert.Equal((StatusCode.InvalidArgument, message), (e.StatusCode, e.Status.Detail));
        }
    }

    [Fact]
    public async Task Heartbeats_and_farewells_are_for_clients_that_told_of_themselves()
    {
        using var caller = new Caller(_cluster.Proxy, "c4");
        var group = await _cluster.GroupAsync();
        Assert.Equal((Code.UnrecognizedClientType, "cannot find client settings for this client"), await BeatAsync(group));
        var (stream, _) = await caller.TellAsync(Caller.Consumer(group, await _cluster.TopicAsync()));
        using var told = stream;
        Assert.Equal((Code.Ok, "OK"), await BeatAsync(group));
        Assert.Equal((Code.IllegalConsumerGroup, "the specified group is blank"), await BeatAsync(null));
        Assert.Equal(Code.Ok, (await LeaveAsync()).Code);
        Assert.Equal(Code.UnrecognizedClientType, (await LeaveAsync()).Code);
        Assert.Equal((Code.UnrecognizedClientType, "cannot find client settings for this client"), await BeatAsync(group));

        async Task<(Code, string)> BeatAsync(string? name)
        {
            var status = (await caller.Service.HeartbeatAsync(new HeartbeatRequest { Group = name is null ? null : Caller.Named(name), ClientType = ClientType.SimpleConsumer }, caller.Options())).Status;
            return (status.Code, status.Message);
        }

        async Task<Status> LeaveAsync() => (await caller.Service.NotifyClientTerminationAsync(new NotifyClientTerminationRequest { Group = Caller.Named(group) }, caller.Options())).Status;
    }

    [Fact]
    public async Task A_producer_of_several_topics_hears_its_settings_once_more_with_its_first_heartbeat()
    {
        using var caller = new Caller(_cluster.Proxy, "c5");
        var (stream, first) = await caller.TellAsync(Caller.Producer(await _cluster.TopicAsync(), await _cluster.TopicAsync()));
        using var told = stream;
        var beat = new HeartbeatRequest { ClientType = ClientType.Producer };
        Assert.Equal(Code.Ok, (await caller.Service.HeartbeatAsync(beat, caller.Options())).Status.Code);
        Assert.True(await told.ResponseStream.MoveNext(ProxyCluster.Ct).WaitAsync(Eventually.Limit, ProxyCluster.Ct), "the stream ended");
        Assert.Equal(first.Settings, told.ResponseStream.Current.Settings);

        Assert.Equal(Code.Ok, (await caller.Service.HeartbeatAsync(beat, caller.Options())).Status.Code);
        await told.RequestStream.WriteAsync(new TelemetryCommand { Settings = Caller.Producer(await _cluster.TopicAsync()) }, ProxyCluster.Ct);
        Assert.True(await told.ResponseStream.MoveNext(ProxyCluster.Ct).WaitAsync(Eventually.Limit, ProxyCluster.Ct), "the stream ended");
        Assert.Single(told.ResponseStream.Current.Settings.Publishing.Topics);
    }

    [Fact]
    public async Task A_stream_without_a_client_s_id_is_told_so()
    {
        using var caller = new Caller(_cluster.Proxy, clientId: null);
        var (stream, answer) = await caller.TellAsync(Caller.Producer("Any"));
        using var told = stream;
        Assert.Equal((Code.ClientIdRequired, TelemetryCommand.CommandOneofCase.None), (answer.Status.Code, answer.CommandCase));
    }

    [Fact]
    public async Task What_a_push_consumer_held_comes_again_when_it_has_left()
    {
        var proxy = await _cluster.StartProxyAsync(static options => options with { RenewInterval = TimeSpan.FromMilliseconds(100) });
        using var caller = new Caller(proxy, "push");
        var topic = await _cluster.TopicAsync();
        var group = await _cluster.GroupAsync();
        var (stream, _) = await caller.TellAsync(Caller.Consumer(group, topic, ClientType.PushConsumer));
        using var told = stream;
        await caller.SentAsync(Caller.Text(topic, "held"));
        var first = Assert.Single(await caller.ReceivedAsync(topic, group, 1, static request =>
        {
            request.AutoRenew = true;
            request.InvisibleDuration = null;
        }));
        await caller.Service.NotifyClientTerminationAsync(new NotifyClientTerminationRequest { Group = Caller.Named(group) }, caller.Options());
        var again = Assert.Single(await caller.ReceivedAsync(topic, group, 1));
        Assert.Equal((1, 2), (first.SystemProperties.DeliveryAttempt, again.SystemProperties.DeliveryAttempt));
    }
}
