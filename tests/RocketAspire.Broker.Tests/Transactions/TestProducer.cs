using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Tests.Transactions;

/// <summary>A producer of group "producers" that sends half messages and collects what the broker asks about.</summary>
internal sealed class TestProducer : IRequestProcessor
{
    private readonly TestBroker _broker;

    private TestProducer(TestBroker broker)
    {
        _broker = broker;
        Client = broker.NewClient(this);
    }

    public RemotingClient Client { get; }

    public ConcurrentQueue<(CheckTransactionStateRequestHeader Header, MessageRecord Half)> Asked { get; } = [];

    /// <summary>What it answers when asked: commit, rollback, or null for nothing.</summary>
    public int? Answer { get; set; }

    public int Code => RequestCode.CheckTransactionState;

    public static async Task<TestProducer> ConnectAsync(TestBroker broker, string clientId = "p1")
    {
        var producer = new TestProducer(broker);
        var heartbeat = new HeartbeatData { ClientId = clientId, Producers = ["producers"] };
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.HeartBeat, null, heartbeat.Encode(), producer.Client)).Code);
        return producer;
    }

    public Task<SendMessageResponseHeader> SendHalfAsync(string body, int queueId = 0, params (string Name, string Value)[] more) => SendHalfAsync(_broker, body, queueId, more);

    /// <summary>A half message born now, as Java's producer sends it.</summary>
    public static async Task<SendMessageResponseHeader> SendHalfAsync(TestBroker broker, string body, int queueId = 0, params (string Name, string Value)[] more)
    {
        var header = TestBroker.Header("orders", queueId, TestBroker.Properties([("TRAN_MSG", "true"), ("PGROUP", "producers"), ("UNIQ_KEY", "uniq-" + body), ("TAGS", "a"), .. more])) with
        {
            SysFlag = MessageSysFlag.TransactionPrepared,
            BornTimestamp = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        };
        var response = await broker.SendAsync(header, System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
        Assert.True(RequestHeader.TryRead<SendMessageResponseHeader>(response.ExtFields, out var sent, out var problem), problem);
        return sent;
    }

    public static EndTransactionRequestHeader EndOf(SendMessageResponseHeader sent, int commitOrRollback)
    {
        Assert.True(MessageId.TryParse(sent.MsgId, out _, out var offset));
        return new() { ProducerGroup = "producers", TranStateTableOffset = sent.QueueOffset, CommitLogOffset = offset, CommitOrRollback = commitOrRollback };
    }

    public static Task<RemotingCommand> EndAsync(TestBroker broker, EndTransactionRequestHeader header) => broker.InvokeAsync(RequestCode.EndTransaction, header.ToExtFields());

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        Assert.True(RequestHeader.TryRead<CheckTransactionStateRequestHeader>(request.ExtFields, out var header, out var problem), problem);
        Assert.True(MessageRecordCodec.TryDecode(request.Body.Span, out var half));
        if (Answer is { } answer)
        {
            var end = new EndTransactionRequestHeader
            {
                ProducerGroup = "producers",
                TranStateTableOffset = header.TranStateTableOffset,
                CommitLogOffset = header.CommitLogOffset,
                CommitOrRollback = answer,
                FromTransactionCheck = true,
            };
            connection.SendOneway(RemotingCommand.CreateRequest(RequestCode.EndTransaction, end.ToExtFields()));
        }

        Asked.Enqueue((header, half!));
        return default;
    }
}
