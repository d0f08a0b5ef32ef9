using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Tests;

public sealed class ReplyTests
{
    private const string ReplyTopic = "DefaultCluster_REPLY_TOPIC";
    private static readonly string Properties = TestBroker.Properties(("MSG_TYPE", "reply"), ("CORRELATION_ID", "c-1"), ("REPLY_TO_CLIENT", "asker"), ("TTL", "3000"));

    [Theory]
    [InlineData(RequestCode.SendReplyMessage)]
    [InlineData(RequestCode.SendReplyMessageV2)]
    public async Task A_reply_is_passed_on_to_who_asked_and_a_copy_is_kept(int code)
    {
        await using var broker = await TestBroker.StartAsync();
        var asker = new Asker(static request => request.CreateResponse(0));
        await asker.ConnectAsync(broker);
        var response = await ReplyAsync(broker, code, Properties);
        Assert.Equal((0, null), (response.Code, response.Remark));
        var push = asker.Seen!;
        Assert.True(RequestHeader.TryRead<ReplyMessageRequestHeader>(push.ExtFields, out var header, out var problem), problem);
        Assert.Equal((ReplyTopic, broker.Address, "hello"), (header.Topic, header.StoreHost, Encoding.UTF8.GetString(push.Body.Span)));
        var properties = Encoding.UTF8.GetBytes(header.Properties!);
        Assert.Equal("c-1", MessageProperties.Get(properties, "CORRELATION_ID"));
        Assert.NotNull(MessageProperties.Get(properties, "PUSH_REPLY_TIME"));

        var copy = Assert.Single(await broker.ArrivedAsync(ReplyTopic, 1));
        Assert.Equal("hello", TestBroker.Text(copy));
        Assert.Null(MessageProperties.Get(copy.Properties.Span, "PUSH_REPLY_TIME"));
        Assert.Equal(MessageId.Create(broker.Node.Address.Host, copy.PhysicalOffset), response.ExtFields["msgId"]);
    }

    [Fact]
    public async Task A_reply_that_nobody_takes_is_told_of()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { StoreReplyMessageEnable = false });
        var response = await ReplyAsync(broker, RequestCode.SendReplyMessageV2, Properties);
        Assert.Equal((1, "push reply message fail, channel of <asker> not found."), (response.Code, response.Remark));
        response = await ReplyAsync(broker, RequestCode.SendReplyMessageV2, TestBroker.Properties(("CORRELATION_ID", "c-1")));
        Assert.Equal((1, "reply message properties[REPLY_TO_CLIENT] is null"), (response.Code, response.Remark));
        await new Asker(static request => request.CreateResponse(1)).ConnectAsync(broker);
        response = await ReplyAsync(broker, RequestCode.SendReplyMessageV2, Properties);
        Assert.Equal((1, "push reply message to askerfail."), (response.Code, response.Remark));
        Assert.Equal(0, broker.Node.Store.QueueBounds(ReplyTopic, 0).Max);
    }

    private static Task<RemotingCommand> ReplyAsync(TestBroker broker, int code, string properties)
    {
        var header = TestBroker.Header(ReplyTopic, 0, properties);
        return broker.InvokeAsync(code, code == RequestCode.SendReplyMessage ? header.ToExtFields() : header.ToExtFieldsV2(), "hello"u8.ToArray());
    }

    private sealed class Asker(Func<RemotingCommand, RemotingCommand> answer) : IRequestProcessor
    {
        public int Code => RequestCode.PushReplyMessageToClient;

        public RemotingCommand? Seen { get; private set; }

        public async Task ConnectAsync(TestBroker broker)
        {
            var heartbeat = new HeartbeatData { ClientId = "asker", Producers = ["askers"] };
            Assert.Equal(0, (await broker.InvokeAsync(RequestCode.HeartBeat, null, heartbeat.Encode(), broker.NewClient(this))).Code);
        }

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
        {
            Seen = request;
            return new(answer(request));
        }
    }
}
