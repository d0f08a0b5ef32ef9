using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>
/// RocketMQ's message trace: what became of each message is told as messages of the topic RMQ_SYS_TRACE_TOPIC, which the dashboard and mqadmin read.
/// Told in the background; beyond a thousand waiting entries new ones are dropped and counted, since no trace is worth a delayed message.
/// </summary>
/// <remarks>Format: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/trace/TraceDataEncoder.java</remarks>
internal sealed class MessageTracer : IClientObserver, IAsyncDisposable
{
    private const char Content = '\u0001';
    private const char Field = '\u0002';
    private const int MaxWaiting = 1024;
    private const int MaxBatch = 100;
    private const int MaxBytes = 128_000;
    private const string Region = "DefaultRegion";
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500);
    private static int _count;

    private readonly RocketMQClient _client;
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly ILogger _logger;
    private readonly RocketMQEndpointOptions _options;
    private readonly string _role;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _telling;
    private long _dropped;

    /// <param name="client">What it sends by.</param>
    /// <param name="options">Of the producer or consumer that is traced.</param>
    /// <param name="role">PRODUCE or CONSUME.</param>
    /// <param name="logger">Where to log.</param>
    public MessageTracer(RocketMQClient client, RocketMQEndpointOptions options, string role, ILogger logger)
    {
        (_client, _options, _role, _logger) = (client, options, role, logger);
        _telling = Task.Run(TellAsync);
    }

    public void BeforeSend(SendObservation send) => send.Items[this] = _client.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public void AfterSend(SendObservation send)
    {
        if (send.Kind == SendKind.Oneway || send.Message.Messages.Count == 0) return;
        var ids = send.Message.Id.Split(',');
        var began = send.Items.GetValueOrDefault(this) as long? ?? _client.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var took = (long)send.Took.TotalMilliseconds;
        for (var i = 0; i < send.Message.Messages.Count; i++)
        {
            var message = send.Message.Messages[i];
            var type = send.Kind == SendKind.Transaction ? 1 : message.DelayLevel is not null ? 3 : 0;
            var keys = string.Join(MessageProperties.KeySeparator, message.Keys);
            var stored = send.Result?.OffsetMessageId.Split(',').ElementAtOrDefault(i) ?? "";
            Add(Line("Pub", began, Region, send.Group, send.Message.Topic, ids[Math.Min(i, ids.Length - 1)], message.Tag ?? "", keys, send.BrokerAddress ?? "",
                message.Body.Length, took, type, stored, Java(send.Result is not null)), ids[Math.Min(i, ids.Length - 1)], message.Keys);
        }
    }

    public void BeforeDelivery(DeliveryObservation delivery)
    {
        var request = Guid.NewGuid().ToString("N").ToUpperInvariant();
        delivery.Items[this] = request;
        var now = _client.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var message in delivery.Messages)
        {
            // Apache's reader looks for a field behind the number of retries, and Java drops empty ones at the end of a line.
            var keys = message.Keys.Count > 0 ? string.Join(MessageProperties.KeySeparator, message.Keys) : "null";
            Add(Line("SubBefore", now, Region, delivery.Group, request, message.MessageId, message.ReconsumeTimes, keys), message.MessageId, message.Keys);
        }
    }

    public void AfterDelivery(DeliveryObservation delivery)
    {
        var request = delivery.Items.GetValueOrDefault(this) as string ?? "";
        var now = _client.Time.GetUtcNow().ToUnixTimeMilliseconds();
        // Java's ConsumeReturnType: success, timeout, exception, null, failed.
        var code = delivery.Error is not null ? 2 : delivery.Result.Action == ConsumeAction.Success ? 0 : 4;
        foreach (var message in delivery.Messages)
        {
            var keys = string.Join(MessageProperties.KeySeparator, message.Keys);
            Add(Line("SubAfter", request, message.MessageId, (long)delivery.Took.TotalMilliseconds, Java(code == 0), keys, code, now, delivery.Group), message.MessageId, message.Keys);
        }
    }

    public void EndingTransaction(TransactionEndObservation end)
    {
        var now = _client.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var keys = string.Join(MessageProperties.KeySeparator, end.Keys);
        var state = end.State switch { TransactionState.Commit => "COMMIT_MESSAGE", TransactionState.Rollback => "ROLLBACK_MESSAGE", _ => "UNKNOW" };
        // 2 is Java's Trans_msg_Commit, whatever the end.
        Add(Line("EndTransaction", now, Region, end.Group, end.Topic, end.MessageId, end.Tag ?? "", keys, end.BrokerAddress, 2, end.TransactionId ?? "", state, Java(end.FromCheck)), end.MessageId, end.Keys);
    }

    /// <summary>Tells what waits, for at most a second.</summary>
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        _closing.CancelAfter(TimeSpan.FromSeconds(1));
        await _telling.ConfigureAwait(false);
        _closing.Dispose();
        if (_dropped > 0) Log.TraceDropped(_logger, _dropped);
    }

    private static string Java(bool value) => value ? "true" : "false";

    private static string Line(params ReadOnlySpan<object> fields)
    {
        var text = new StringBuilder(256);
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0) text.Append(Content);
            text.Append(CultureInfo.InvariantCulture, $"{fields[i]}");
        }

        return text.Append(Field).ToString();
    }

    private void Add(string line, string id, IReadOnlyList<string> keys)
    {
        if (!_entries.Writer.TryWrite(new Entry(line, [id, .. keys]))) Interlocked.Increment(ref _dropped);
    }

    private async Task TellAsync()
    {
        // A producer of its own group, whose messages nobody traces.
        var options = new RocketMQProducerOptions
        {
            Group = $"_INNER_TRACE_PRODUCER-{_options.Group}-{_role}-{Interlocked.Increment(ref _count)}",
            Client = _client,
            DisableTracing = true,
            DisableMetrics = true,
            SendTimeout = TimeSpan.FromSeconds(5),
            StopGrace = TimeSpan.FromSeconds(1),
        };
        var producer = await RocketMQProducer.StartAsync(options).ConfigureAwait(false);
        await using (producer.ConfigureAwait(false))
        {
            while (await _entries.Reader.WaitToReadAsync().ConfigureAwait(false) && !_closing.IsCancellationRequested)
            {
                if (!_entries.Reader.Completion.IsCompleted) await GatherAsync().ConfigureAwait(false);
                await TellOnceAsync(producer).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for more to send along, unless nothing more will come.</summary>
    private async Task GatherAsync() =>
        await Task.WhenAny(_entries.Reader.Completion, Task.Delay(_entries.Reader.Count >= MaxBatch ? TimeSpan.Zero : Gather, _client.Time, _closing.Token)).ConfigureAwait(false);

    private async Task TellOnceAsync(RocketMQProducer producer)
    {
        var body = new StringBuilder();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var messages = 0;
        while (messages < MaxBatch && body.Length < MaxBytes / 2 && _entries.Reader.TryRead(out var entry))
        {
            body.Append(entry.Line);
            keys.UnionWith(entry.Keys);
            messages++;
        }

        if (messages == 0) return;
        try
        {
            await producer.SendAsync(new RocketMQMessage(TopicNames.TraceTopic, Encoding.UTF8.GetBytes(body.ToString())) { Keys = [.. keys] }, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsCluster(e) || e is OperationCanceledException or ArgumentException)
        {
            Interlocked.Add(ref _dropped, messages);
            Log.TraceNotTold(_logger, messages, e.Message);
        }
    }

    private sealed record Entry(string Line, IReadOnlyList<string> Keys);
}
