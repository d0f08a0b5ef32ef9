using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy.Tests;

/// <summary>A client that says what a test tells it to, over a raw channel.</summary>
internal sealed class Caller : IDisposable
{
    public const string ClientId = "tester";
    private const string DateTimeNow = "20260102T030405Z";

    private readonly GrpcChannel _channel;
    private readonly string? _clientId;

    public Caller(ProxyNode proxy, string? clientId = ClientId, string? host = null)
    {
        _channel = GrpcChannel.ForAddress($"http://{host ?? "127.0.0.1"}:{proxy.Endpoint.Port}");
        _clientId = clientId;
        Service = new MessagingService.MessagingServiceClient(_channel);
    }

    public MessagingService.MessagingServiceClient Service { get; }

    /// <summary>Signs its calls when it is there; headers by name.</summary>
    public Func<Metadata, Metadata>? Sign { get; init; }

    /// <summary>As the official clients sign: an HMAC of the time.</summary>
    public static Metadata Signed(Metadata headers, string accessKey, string secretKey, string dateTime = DateTimeNow)
    {
#pragma warning disable CA5350 // The protocol's own choice.
        var signature = Convert.ToHexString(System.Security.Cryptography.HMACSHA1.HashData(System.Text.Encoding.UTF8.GetBytes(secretKey), System.Text.Encoding.UTF8.GetBytes(dateTime)));
#pragma warning restore CA5350
        headers.Add("x-mq-date-time", dateTime);
        headers.Add("authorization", $"MQv2-HMAC-SHA1 Credential={accessKey}, SignedHeaders=x-mq-date-time, Signature={signature}");
        return headers;
    }

    /// <summary>As clients call: their id, and a deadline.</summary>
    public CallOptions Options(int seconds = 20)
    {
        var headers = new Metadata { { "x-mq-client-version", "5.0.7" }, { "x-mq-language", "DOT_NET" } };
        if (_clientId is not null) headers.Add("x-mq-client-id", _clientId);
        return new(Sign?.Invoke(headers) ?? headers, DateTime.UtcNow.AddSeconds(seconds), TestContext.Current.CancellationToken);
    }

    public static Resource Named(string name) => new() { Name = name };

    public static Message Text(string topic, string body, Action<SystemProperties>? change = null)
    {
        var system = new SystemProperties { MessageId = Guid.NewGuid().ToString("N").ToUpperInvariant(), MessageType = MessageType.Normal, BornTimestamp = Timestamp.FromDateTime(DateTime.UtcNow), BornHost = "here" };
        change?.Invoke(system);
        return new Message { Topic = Named(topic), Body = ByteString.CopyFromUtf8(body), SystemProperties = system };
    }

    public async Task<SendMessageResponse> SendAsync(params Message[] messages) => await Service.SendMessageAsync(new SendMessageRequest { Messages = { messages } }, Options());

    /// <summary>Sends and insists that all were stored.</summary>
    public async Task<SendResultEntry[]> SentAsync(params Message[] messages)
    {
        var response = await SendAsync(messages);
        Assert.Equal((Code.Ok, "OK"), (response.Status.Code, response.Status.Message));
        Assert.Equal(messages.Length, response.Entries.Count);
        Assert.All(response.Entries, static entry => Assert.Equal(Code.Ok, entry.Status.Code));
        return [.. response.Entries];
    }

    public static ReceiveMessageRequest Receive(string topic, string group, Action<ReceiveMessageRequest>? change = null)
    {
        var request = new ReceiveMessageRequest
        {
            Group = Named(group),
            MessageQueue = new MessageQueue { Topic = Named(topic), Id = -1 },
            FilterExpression = new FilterExpression { Type = FilterType.Tag, Expression = "*" },
            BatchSize = 32,
            InvisibleDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(30)),
            LongPollingTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
        };
        change?.Invoke(request);
        return request;
    }

    public async Task<(Status Status, List<Message> Messages, bool HasTime)> ReceiveAsync(ReceiveMessageRequest request, int seconds = 20)
    {
        using var call = Service.ReceiveMessage(request, Options(seconds));
        Status? status = null;
        var messages = new List<Message>();
        var hasTime = false;
        await foreach (var part in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (part.ContentCase == ReceiveMessageResponse.ContentOneofCase.Status) status = part.Status;
            else if (part.ContentCase == ReceiveMessageResponse.ContentOneofCase.Message) messages.Add(part.Message);
            else hasTime = true;
        }

        return (status!, messages, hasTime);
    }

    /// <summary>Receives until so many have come.</summary>
    public async Task<List<Message>> ReceivedAsync(string topic, string group, int count, Action<ReceiveMessageRequest>? change = null)
    {
        var all = new List<Message>();
        await Eventually.TrueAsync($"{count} messages of {topic}", async () =>
        {
            var (status, messages, _) = await ReceiveAsync(Receive(topic, group, change));
            // A broker that has just started asks for patience.
            Assert.True(status.Code is Code.Ok or Code.MessageNotFound or Code.TooManyRequests, $"{status.Code} {status.Message}");
            all.AddRange(messages);
            return all.Count >= count;
        }, TimeSpan.FromSeconds(40));
        return all;
    }

    public async Task<AckMessageResponse> AckAsync(string topic, string group, params (string Id, string Handle)[] entries) => await Service.AckMessageAsync(
        new AckMessageRequest { Topic = Named(topic), Group = Named(group), Entries = { entries.Select(static e => new AckMessageEntry { MessageId = e.Id, ReceiptHandle = e.Handle }) } }, Options());

    /// <summary>Opens a telemetry stream and waits for the settings that count.</summary>
    public async Task<(AsyncDuplexStreamingCall<TelemetryCommand, TelemetryCommand> Stream, TelemetryCommand Answer)> TellAsync(Settings settings)
    {
        var stream = Service.Telemetry(Options(60));
        await stream.RequestStream.WriteAsync(new TelemetryCommand { Settings = settings });
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken), "the stream ended without an answer");
        return (stream, stream.ResponseStream.Current);
    }

    public static Settings Producer(params string[] topics) => new() { ClientType = ClientType.Producer, Publishing = new Publishing { Topics = { topics.Select(Named) } } };

    public static Settings Consumer(string group, string topic, ClientType type = ClientType.SimpleConsumer) => new()
    {
        ClientType = type,
        RequestTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)),
        Subscription = new Subscription { Group = Named(group), Subscriptions = { new SubscriptionEntry { Topic = Named(topic), Expression = new FilterExpression { Type = FilterType.Tag, Expression = "*" } } } },
    };

    public void Dispose() => _channel.Dispose();
}
