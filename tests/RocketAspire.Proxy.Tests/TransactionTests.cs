using Grpc.Core;
using RocketAspire.Proxy.V2;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy.Tests;

public sealed class TransactionTests(SharedCluster shared)
{
    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task A_commit_shows_its_message_and_a_rollback_does_not()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("TRANSACTION");
        var (dropped, kept) = (await HalfAsync(caller, topic, "dropped"), await HalfAsync(caller, topic, "kept"));
        Assert.Equal(Code.Ok, (await EndAsync(caller, topic, dropped, TransactionResolution.Rollback)).Code);

        // Any proxy can end it.
        using var other = new Caller(await _cluster.StartProxyAsync());
        Assert.Equal(Code.Ok, (await EndAsync(other, topic, kept, TransactionResolution.Commit)).Code);
        var got = Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1));
        Assert.Equal(("kept", kept.MessageId, MessageType.Transaction), (got.Body.ToStringUtf8(), got.SystemProperties.MessageId, got.SystemProperties.MessageType));
    }

    [Fact]
    public async Task A_client_is_asked_about_what_it_did_not_end()
    {
        using var caller = new Caller(_cluster.Proxy, "orphanage");
        var topic = await _cluster.TopicAsync("TRANSACTION");
        var (stream, _) = await caller.TellAsync(Caller.Producer(topic));
        using var told = stream;
        var half = await HalfAsync(caller, topic, "orphan");
        Assert.True(await stream.ResponseStream.MoveNext(ProxyCluster.Ct), "the stream ended");
        var command = stream.ResponseStream.Current.RecoverOrphanedTransactionCommand;
        Assert.Equal(("orphan", half.MessageId, topic), (command.Message.Body.ToStringUtf8(), command.Message.SystemProperties.MessageId, command.Message.Topic.Name));
        var end = new EndTransactionRequest
        {
            Topic = Caller.Named(topic),
            MessageId = half.MessageId,
            TransactionId = command.TransactionId,
            Resolution = TransactionResolution.Commit,
            Source = TransactionSource.SourceServerCheck,
        };
        Assert.Equal(Code.Ok, (await caller.Service.EndTransactionAsync(end, caller.Options())).Status.Code);
        Assert.Equal("orphan", Assert.Single(await caller.ReceivedAsync(topic, await _cluster.GroupAsync(), 1)).Body.ToStringUtf8());
    }

    [Fact]
    public async Task An_end_of_nothing_is_refused()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync("TRANSACTION");
        var half = await HalfAsync(caller, topic, "half");
        Assert.Equal((Code.InvalidTransactionId, "transaction id cannot be empty"), Told(await EndAsync(caller, topic, new SendResultEntry(), TransactionResolution.Commit)));
        Assert.Equal((Code.InternalServerError, "cannot found transaction data"), Told(await EndAsync(caller, topic, new SendResultEntry { TransactionId = "nonsense" }, TransactionResolution.Commit)));
        var elsewhere = (TransactionHandle.Parse(half.TransactionId)! with { BrokerName = "broker-z" }).ToString();
        Assert.Equal((Code.BadRequest, "cannot find broker broker-z"), Told(await EndAsync(caller, topic, new SendResultEntry { TransactionId = elsewhere }, TransactionResolution.Commit)));
        Assert.Equal(Code.InternalServerError, (await EndAsync(caller, await _cluster.TopicAsync("TRANSACTION"), half, TransactionResolution.Commit)).Code);
        Assert.Equal(Code.Ok, (await EndAsync(caller, topic, half, TransactionResolution.Unspecified)).Code);
    }

    private static (Code Code, string Message) Told(Status status) => (status.Code, status.Message);

    private static async Task<SendResultEntry> HalfAsync(Caller caller, string topic, string body)
    {
        var entry = Assert.Single(await caller.SentAsync(Caller.Text(topic, body, static system => system.MessageType = MessageType.Transaction)));
        Assert.NotEmpty(entry.TransactionId);
        return entry;
    }

    private static async Task<Status> EndAsync(Caller caller, string topic, SendResultEntry half, TransactionResolution resolution) =>
        (await caller.Service.EndTransactionAsync(
            new EndTransactionRequest { Topic = Caller.Named(topic), MessageId = half.MessageId, TransactionId = half.TransactionId, Resolution = resolution, Source = TransactionSource.SourceClient },
            caller.Options())).Status;
}
