using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using RocketAspire.Proxy.V2;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Bench;

/// <summary>One HTTP/2 connection to a proxy, as the official clients have it.</summary>
internal sealed class ProxyClient : IAsyncDisposable, IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Metadata _headers = new() { { "x-mq-client-id", $"bench@{Guid.NewGuid():N}" }, { "x-mq-client-version", "5.0.7" }, { "x-mq-language", "DOT_NET" } };
    private readonly BenchOptions _options;

    public ProxyClient(string proxy, BenchOptions options)
    {
        _options = options;
        _channel = GrpcChannel.ForAddress("http://" + proxy, new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        Service = new MessagingService.MessagingServiceClient(_channel);
    }

    public MessagingService.MessagingServiceClient Service { get; }

    public CallOptions Call(TimeSpan? timeout = null, CancellationToken cancellationToken = default) => new(_headers, DateTime.UtcNow + (timeout ?? _options.Timeout), cancellationToken);

    /// <summary>Names of the topic's brokers.</summary>
    /// <exception cref="BenchException">The proxy can't be asked, or has no such topic.</exception>
    public async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var route = await Service.QueryRouteAsync(new QueryRouteRequest { Topic = new Resource { Name = _options.Topic } }, Call(cancellationToken: cancellationToken)).ConfigureAwait(false);
            return route.Status.Code == Code.Ok ? [.. route.MessageQueues.Select(static queue => queue.Broker.Name).Distinct()] : throw new BenchException($"{_options.Proxy}: {route.Status.Code} {route.Status.Message}");
        }
        catch (RpcException e)
        {
            throw new BenchException($"{_options.Proxy}: {e.Status.StatusCode} {e.Status.Detail.ReplaceLineEndings(" ")}");
        }
    }

    public static ErrorKind KindOf(Status status) => new((int)status.Code, status.Code.ToString());

    public static ErrorKind? KindOf(Exception exception) => exception is RpcException rpc ? new(null, "gRPC " + rpc.StatusCode.ToString()) : null;

    public void Dispose() => _channel.Dispose();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Sends through a proxy.</summary>
internal sealed class ProxySendPath(ProxyClient client, BenchOptions options) : ISendPath
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _ids = Guid.NewGuid().ToString("N").ToUpperInvariant()[..18];
    private readonly Resource _topic = new() { Name = options.Topic };
    private long _last;

    public async ValueTask<(ErrorKind Kind, string Text, bool IsLost)?> SendAsync(byte[] body)
    {
        var message = new Message
        {
            Topic = _topic,
            // Nobody writes to it before the answer.
            Body = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(body),
            SystemProperties = new SystemProperties
            {
                MessageId = _ids + Interlocked.Increment(ref _last).ToString("X14", CultureInfo.InvariantCulture),
                MessageType = MessageType.Normal,
                BornTimestamp = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(DateTime.UtcNow),
                BornHost = "bench",
            },
        };
        var answer = await client.Service.SendMessageAsync(new SendMessageRequest { Messages = { message } }, client.Call()).ConfigureAwait(false);
        return answer.Status.Code == Code.Ok ? null : (ProxyClient.KindOf(answer.Status), answer.Status.Message, false);
    }

    public ErrorKind? KindOf(Exception exception) => ProxyClient.KindOf(exception);

    public Task FollowAsync(CancellationToken cancellationToken) => Task.Delay(Pause, cancellationToken);
}

/// <summary>Receives and acknowledges through a proxy: several long polls a broker, in a group of this run's own.</summary>
internal sealed class ProxyReceivePath(ProxyClient client, BenchOptions options) : IReceivePath
{
    private const int Pollers = 4;
    private const int BatchSize = 32;
    private const long PollSeconds = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBacklog = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Resource _topic = new() { Name = options.Topic };
    private readonly Resource _group = new() { Name = $"Bench-{Guid.NewGuid():N}" };
    private readonly List<Task> _polling = [];
    private long _failures;
    private long _lastArrival;

    public long Failures => Volatile.Read(ref _failures);

    public async Task StartAsync(Action<ReadOnlyMemory<byte>> take, CancellationToken stop)
    {
        foreach (var broker in await client.CheckAsync(stop).ConfigureAwait(false))
            for (var i = 0; i < Pollers; i++) _polling.Add(Task.Run(() => PollAsync(broker, take, stop), CancellationToken.None));

        // Brokers let a new group begin at what they still have in memory: that comes first.
        var began = _lastArrival = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(Volatile.Read(ref _lastArrival)) < Quiet)
        {
            if (Stopwatch.GetElapsedTime(began) > LongestBacklog) throw new BenchException($"topic {options.Topic} holds too much that is read first: name a new one");
            await Task.Delay(Pause, stop).ConfigureAwait(false);
        }
    }

    public Task StoppedAsync() => Task.WhenAll(_polling);

    private async Task PollAsync(string broker, Action<ReadOnlyMemory<byte>> take, CancellationToken stop)
    {
        var request = new ReceiveMessageRequest
        {
            Group = _group,
            MessageQueue = new MessageQueue { Topic = _topic, Id = -1, Broker = new Broker { Name = broker } },
            FilterExpression = new FilterExpression { Type = FilterType.Tag, Expression = "*" },
            BatchSize = BatchSize,
            InvisibleDuration = new() { Seconds = 60 },
            LongPollingTimeout = new() { Seconds = PollSeconds },
        };
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var ack = new AckMessageRequest { Topic = _topic, Group = _group };
                using var call = client.Service.ReceiveMessage(request, client.Call(Patience, stop));
                await foreach (var part in call.ResponseStream.ReadAllAsync(stop).ConfigureAwait(false))
                {
                    if (part.Status is { Code: not (Code.Ok or Code.MessageNotFound) })
                    {
                        Interlocked.Increment(ref _failures);
                        await Task.Delay(Pause, stop).ConfigureAwait(false);
                    }

                    if (part.Message is not { } message) continue;
                    Volatile.Write(ref _lastArrival, Stopwatch.GetTimestamp());
                    take(message.Body.Memory);
                    ack.Entries.Add(new AckMessageEntry { MessageId = message.SystemProperties.MessageId, ReceiptHandle = message.SystemProperties.ReceiptHandle });
                }

                if (ack.Entries.Count > 0) await client.Service.AckMessageAsync(ack, client.Call()).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                if (stop.IsCancellationRequested) return;
                Interlocked.Increment(ref _failures);
            }
        }
    }
}
