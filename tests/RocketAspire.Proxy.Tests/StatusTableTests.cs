using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Proxy.V2;
using Status = RocketAspire.Proxy.V2.Status;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace RocketAspire.Proxy.Tests;

/// <summary>What each method answers to wrong input: <c>statuses.txt</c> lists it all, so that a changed answer is seen.</summary>
public sealed class StatusTableTests(SharedCluster shared, ITestOutputHelper output)
{
    private const string Topic = "StatusTable";
    private const string Group = "StatusTableGroup";
    private static readonly string Forged = $"1 {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 3_600_000} 600000 0 0 NoSuchBroker 0 0 0";
    private static readonly string Expired = "1 2 3 0 0 broker-a 0 0 0";
    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task Wrong_input_is_a_status_and_each_is_written_down()
    {
        await _cluster.Admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = Topic, ReadQueueNums = 1, WriteQueueNums = 1 }, null, Ct);
        await TestSupport.Eventually.TrueAsync("a route", async () => await _cluster.Admin.GetRouteAsync(Topic, Ct) is not null);
        using var caller = new Caller(_cluster.Proxy, "status-table");
        using var nameless = new Caller(_cluster.Proxy, clientId: null);
        var lines = new List<string>();
        foreach (var (method, what, call) in Resources(caller).Concat(Sends(caller)).Concat(Receives(caller)).Concat(Receipts(caller)).Concat(Others(caller)).Concat(Nameless(nameless)))
        {
            var status = await call();
            lines.Add($"{method}, {what}: {(int)status.Code} {status.Code}, {status.Message}");
        }

        // The channel lives all the while.
        await caller.SentAsync(Caller.Text(Topic, "still here"));
        foreach (var line in lines) output.WriteLine(line);
        Assert.Equal(await File.ReadAllLinesAsync(Path.Combine(Folder(), "statuses.txt"), Ct), lines);
    }

    [Fact]
    public async Task A_request_beyond_the_limit_and_an_unknown_method_end_their_call_only()
    {
        using var caller = new Caller(_cluster.Proxy);
        var huge = Caller.Text(Topic, "");
        huge.Body = UnsafeByteOperations.UnsafeWrap(new byte[33 * 1024 * 1024]);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await caller.SendAsync(huge));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        var offset = await Assert.ThrowsAsync<RpcException>(async () => await caller.Service.GetOffsetAsync(new GetOffsetRequest(), caller.Options()));
        Assert.Equal(StatusCode.Unimplemented, offset.StatusCode);
        Assert.Equal(Code.IllegalTopic, (await caller.SendAsync(Caller.Text("", "x"))).Status.Code);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static IEnumerable<(string, string, Func<Task<Status>>)> Nameless(Caller caller)
    {
        yield return ("QueryRoute", "no client id", async () => (await caller.Service.QueryRouteAsync(new() { Topic = Caller.Named(Topic) }, caller.Options())).Status);
        yield return ("SendMessage", "no client id", async () => (await caller.SendAsync(Caller.Text(Topic, "x"))).Status);
        yield return ("ReceiveMessage", "no client id", async () => (await caller.ReceiveAsync(Caller.Receive(Topic, Group))).Status);
        yield return ("Heartbeat", "no client id", async () => (await caller.Service.HeartbeatAsync(new(), caller.Options())).Status);
        yield return ("Telemetry", "no client id", async () => (await caller.TellAsync(Caller.Producer(Topic))).Answer.Status);
    }

    private static IEnumerable<(string, string, Func<Task<Status>>)> Resources(Caller caller)
    {
        foreach (var (what, topic) in new[] { ("no topic", ""), ("a topic of blanks", " "), ("a topic with a dot", "a.b"), ("a long topic", new string('t', 128)), ("a system topic", "SCHEDULE_TOPIC_XXXX") })
        {
            yield return ("QueryRoute", what, async () => (await caller.Service.QueryRouteAsync(new() { Topic = Caller.Named(topic) }, caller.Options())).Status);
            yield return ("SendMessage", what, async () => (await caller.SendAsync(Caller.Text(topic, "x"))).Status);
            yield return ("ReceiveMessage", what, async () => (await caller.ReceiveAsync(Caller.Receive(topic, Group))).Status);
            yield return ("QueryAssignment", what, async () => (await caller.Service.QueryAssignmentAsync(new() { Topic = Caller.Named(topic), Group = Caller.Named(Group) }, caller.Options())).Status);
        }

        foreach (var (what, group) in new[] { ("no group", ""), ("a group with a dot", "a.b"), ("a long group", new string('g', 256)), ("a system group", "CID_RMQ_SYS_X") })
        {
            yield return ("ReceiveMessage", what, async () => (await caller.ReceiveAsync(Caller.Receive(Topic, group))).Status);
            yield return ("QueryAssignment", what, async () => (await caller.Service.QueryAssignmentAsync(new() { Topic = Caller.Named(Topic), Group = Caller.Named(group) }, caller.Options())).Status);
            yield return ("AckMessage", what, async () => (await caller.AckAsync(Topic, group, ("x", Expired))).Status);
        }
    }

    private static IEnumerable<(string, string, Func<Task<Status>>)> Sends(Caller caller)
    {
        (string What, Action<Message> Change)[] wrongs =
        [
            ("no body", static m => m.Body = ByteString.Empty),
            ("a body too large", static m => m.Body = UnsafeByteOperations.UnsafeWrap(new byte[(4 * 1024 * 1024) + 1])),
            ("no message id", static m => m.SystemProperties.MessageId = ""),
            ("a tag of blanks", static m => m.SystemProperties.Tag = " "),
            ("a tag with a bar", static m => m.SystemProperties.Tag = "a|b"),
            ("a tag with a control character", static m => m.SystemProperties.Tag = "a\u0001"),
            ("a key of blanks", static m => m.SystemProperties.Keys.Add(" ")),
            ("a message group of blanks", static m => m.SystemProperties.MessageGroup = " "),
            ("a long message group", static m => m.SystemProperties.MessageGroup = new string('g', 64)),
            ("a reserved property", static m => m.UserProperties["TAGS"] = "x"),
            ("a property with a control character", static m => m.UserProperties["a"] = "\u0002"),
            ("too many properties", static m => { for (var i = 0; i < 129; i++) m.UserProperties[$"p{i}"] = "x"; }),
            ("too large properties", static m => m.UserProperties["p"] = new string('x', 16 * 1024)),
            ("a delay of two days", static m => m.SystemProperties.DeliveryTimestamp = Timestamp.FromDateTime(DateTime.UtcNow.AddDays(2))),
            ("an ordered message to a normal topic", static m => m.SystemProperties.MessageGroup = "g"),
            ("a timed message to a normal topic", static m => m.SystemProperties.DeliveryTimestamp = Timestamp.FromDateTime(DateTime.UtcNow.AddSeconds(5))),
            ("a transaction to a normal topic", static m => m.SystemProperties.MessageType = MessageType.Transaction),
        ];
        foreach (var (what, change) in wrongs)
        {
            yield return ("SendMessage", what, async () =>
            {
                var message = Caller.Text(Topic, "x");
                change(message);
                return (await caller.SendAsync(message)).Status;
            }
            );
        }

        yield return ("SendMessage", "no message", async () => (await caller.SendAsync()).Status);
        yield return ("SendMessage", "messages of two topics", async () => (await caller.SendAsync(Caller.Text(Topic, "x"), Caller.Text("Other", "x"))).Status);
        yield return ("EndTransaction", "no id", async () => (await caller.Service.EndTransactionAsync(new() { Topic = Caller.Named(Topic) }, caller.Options())).Status);
        yield return ("EndTransaction", "a forged id", async () => (await caller.Service.EndTransactionAsync(new() { Topic = Caller.Named(Topic), TransactionId = "forged", MessageId = "x" }, caller.Options())).Status);
        yield return ("RecallMessage", "a normal topic", async () => (await caller.Service.RecallMessageAsync(new() { Topic = Caller.Named(Topic), RecallHandle = "x" }, caller.Options())).Status);
    }

    private static IEnumerable<(string, string, Func<Task<Status>>)> Receives(Caller caller)
    {
        yield return ("ReceiveMessage", "a topic that isn't there", async () => (await caller.ReceiveAsync(Caller.Receive("NotThere", Group))).Status);
        yield return ("ReceiveMessage", "a broken filter", async () => (await caller.ReceiveAsync(Caller.Receive(Topic, Group, static request => request.FilterExpression = new() { Type = FilterType.Sql, Expression = "a >" }))).Status);
        foreach (var seconds in new long[] { 0, 9, 50_000 })
            yield return ("ReceiveMessage", $"invisible for {seconds} s", async () => (await caller.ReceiveAsync(Caller.Receive(Topic, Group, request => request.InvisibleDuration = new Duration { Seconds = seconds }))).Status);
        yield return ("ReceiveMessage", "a deadline before any poll ends", async () => (await caller.ReceiveAsync(Caller.Receive(Topic, Group), seconds: 3)).Status);
    }

    private static IEnumerable<(string, string, Func<Task<Status>>)> Receipts(Caller caller)
    {
        foreach (var (what, handle) in new[] { ("no handle", ""), ("a forged handle", "forged"), ("a handle of no broker", Forged), ("an expired handle", Expired) })
        {
            yield return ("AckMessage", what, async () => (await caller.AckAsync(Topic, Group, ("x", handle))).Entries[0].Status);
            yield return ("ChangeInvisibleDuration", what, async () => (await caller.Service.ChangeInvisibleDurationAsync(
                new() { Topic = Caller.Named(Topic), Group = Caller.Named(Group), MessageId = "x", ReceiptHandle = handle, InvisibleDuration = new() { Seconds = 30 } }, caller.Options())).Status);
            yield return ("ForwardMessageToDeadLetterQueue", what, async () => (await caller.Service.ForwardMessageToDeadLetterQueueAsync(
                new() { Topic = Caller.Named(Topic), Group = Caller.Named(Group), MessageId = "x", ReceiptHandle = handle }, caller.Options())).Status);
        }

        yield return ("AckMessage", "no entry", async () => (await caller.AckAsync(Topic, Group)).Status);
        yield return ("ChangeInvisibleDuration", "invisible for days", async () => (await caller.Service.ChangeInvisibleDurationAsync(
            new() { Topic = Caller.Named(Topic), Group = Caller.Named(Group), ReceiptHandle = Expired, InvisibleDuration = new() { Seconds = 500_000 } }, caller.Options())).Status);
    }

    private static IEnumerable<(string, string, Func<Task<Status>>)> Others(Caller caller)
    {
        yield return ("Heartbeat", "a client without settings", async () => (await caller.Service.HeartbeatAsync(new() { ClientType = ClientType.Producer }, caller.Options())).Status);
        yield return ("NotifyClientTermination", "a client without settings", async () => (await caller.Service.NotifyClientTerminationAsync(new(), caller.Options())).Status);
        yield return ("QueryAssignment", "a topic that isn't there", async () => (await caller.Service.QueryAssignmentAsync(new() { Topic = Caller.Named("NotThere"), Group = Caller.Named(Group) }, caller.Options())).Status);
    }
}
