using Google.Protobuf;
using Grpc.Core;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

/// <summary>What admin tools see of clients behind a proxy, and what they can ask of them.</summary>
public sealed class ConsumerViewTests(SharedCluster shared)
{
    private readonly ProxyCluster _cluster = shared.Cluster;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_consumer_is_in_its_groups_connections_until_it_goes_and_shares_out_no_queues()
    {
        var (topic, group, id) = (await _cluster.TopicAsync(), await _cluster.GroupAsync(), Guid.NewGuid().ToString("N"));
        using var caller = new Caller(_cluster.Proxy, id);
        var (stream, _) = await caller.TellAsync(Caller.Consumer(group, topic, ClientType.PushConsumer));
        ConsumerConnections? seen = null;
        await Eventually.TrueAsync("the consumer to be seen", async () => (seen = await _cluster.Admin.Groups.GetConnectionsAsync(group, Ct)) is not null);
        var client = Assert.Single(seen!.Connections);
        Assert.Equal((id, "DOT_NET", "CONSUME_PASSIVELY", topic), (client.ClientId, client.Language, seen.ConsumeType, Assert.Single(seen.Subscriptions).Topic));
        Assert.StartsWith("127.0.0.1:", client.ClientAddr, StringComparison.Ordinal);

        // Consumers that pull share out queues among those that this lists.
        var broker = Assert.Single((await _cluster.Admin.GetClusterInfoAsync(Ct)).BrokerAddrTable.Values).MasterAddress!;
        var ids = await _cluster.Connection.AskAsync(broker, RemotingCommand.CreateRequest(RequestCode.GetConsumerListByGroup, new ConsumerGroupRequestHeader(group).ToExtFields()), Ct);
        Assert.DoesNotContain(id, System.Text.Encoding.UTF8.GetString(ids.Body.Span), StringComparison.Ordinal);

        var info = await _cluster.Admin.Groups.GetRunningInfoAsync(group, id, withStacks: false, Ct);
        Assert.Contains("\"PROP_CLIENT_VERSION\":\"5.0.7\"", info, StringComparison.Ordinal);
        Assert.Contains(topic, info, StringComparison.Ordinal);
        await caller.Service.NotifyClientTerminationAsync(new NotifyClientTerminationRequest { Group = Caller.Named(group) }, caller.Options());
        await Eventually.TrueAsync("the consumer to be gone", async () => await _cluster.Admin.Groups.GetConnectionsAsync(group, Ct) is null);
        stream.Dispose();
    }

    [Fact]
    public async Task Stacks_and_a_trial_of_one_message_are_asked_of_the_client()
    {
        var (topic, group, id) = (await _cluster.TopicAsync(), await _cluster.GroupAsync(), Guid.NewGuid().ToString("N"));
        using var caller = new Caller(_cluster.Proxy, id);
        var (stream, _) = await caller.TellAsync(Caller.Consumer(group, topic, ClientType.PushConsumer));
        await caller.SentAsync(Caller.Text(topic, "try me"));
        var got = Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1)).SystemProperties;
        await Eventually.TrueAsync("the consumer to be seen", async () => await _cluster.Admin.Groups.GetConnectionsAsync(group, Ct) is not null);

        var asking = _cluster.Admin.Groups.GetRunningInfoAsync(group, id, withStacks: true, Ct);
        var command = await NextAsync(stream);
        await stream.RequestStream.WriteAsync(new() { Status = new() { Code = Code.Ok }, ThreadStackTrace = new() { Nonce = command.PrintThreadStackTraceCommand.Nonce, ThreadStackTrace_ = "main: waits" } }, Ct);
        Assert.Contains("main: waits", await asking, StringComparison.Ordinal);

        foreach (var (code, expected) in new[] { (Code.Ok, "CR_SUCCESS"), (Code.FailedToConsumeMessage, "CR_LATER"), (Code.MessageCorrupted, "CR_RETURN_NULL"), (Code.Unsupported, "CR_THROW_EXCEPTION") })
        {
            var trying = TryAsync(group, id, got.StoreHost, got);
            var verify = (await NextAsync(stream)).VerifyMessageCommand;
            Assert.Equal(("try me", topic), (verify.Message.Body.ToStringUtf8(), verify.Message.Topic.Name));
            await stream.RequestStream.WriteAsync(new() { Status = new() { Code = code }, VerifyMessageResult = new() { Nonce = verify.Nonce } }, Ct);
            Assert.Equal(expected, (await trying).ConsumeResult);
        }

        // Nobody asked that.
        await stream.RequestStream.WriteAsync(new() { Status = new() { Code = Code.Ok }, VerifyMessageResult = new() { Nonce = "999999" } }, Ct);
        var mute = await _cluster.Connection.AskAsync(
            got.StoreHost, RemotingCommand.CreateRequest(RequestCode.GetConsumerRunningInfo, new GetConsumerRunningInfoRequestHeader(group, id, JstackEnable: true).ToExtFields()), Ct, TimeSpan.FromSeconds(15));
        Assert.Equal((ResponseCode.SystemBusy, "call remote timeout"), (mute.Code, mute.Remark));
        stream.Dispose();
    }

    private async Task<ConsumeMessageDirectlyResult> TryAsync(string group, string client, string broker, SystemProperties message)
    {
        var offset = long.Parse(message.ReceiptHandle.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        var id = MessageId.Create(System.Net.IPEndPoint.Parse(broker), offset);
        var request = RemotingCommand.CreateRequest(RequestCode.ConsumeMessageDirectly, new ConsumeMessageDirectlyRequestHeader(group, client, id, null).ToExtFields());
        var answer = await _cluster.Connection.AskAsync(broker, request, Ct, TimeSpan.FromSeconds(15));
        Assert.True(answer.Code == ResponseCode.Success, answer.Remark);
        return ConsumeMessageDirectlyResult.Decode(answer.Body.Span);
    }

    private static async Task<TelemetryCommand> NextAsync(AsyncDuplexStreamingCall<TelemetryCommand, TelemetryCommand> stream)
    {
        Assert.True(await stream.ResponseStream.MoveNext(Ct), "the stream ended");
        return stream.ResponseStream.Current;
    }
}
