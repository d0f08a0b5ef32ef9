using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy.Tests;

/// <summary>Clients that send and receive all the time, through whichever of several proxies answers, and write down what was promised and what came.</summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _sendersEnd = new();
    private readonly CancellationTokenSource _receiversEnd = new();
    private readonly List<Task> _senders = [];
    private readonly List<Task> _receivers = [];
    private readonly Caller[] _callers;
    private long _lastSent = Stopwatch.GetTimestamp();

    public Load(IEnumerable<ProxyNode> proxies) => _callers = [.. proxies.Select(static proxy => new Caller(proxy, "load"))];

    /// <summary>Bodies whose sending was answered with OK.</summary>
    public ConcurrentQueue<string> Sent { get; } = [];

    /// <summary>Bodies as they came, with the attempt's number.</summary>
    public ConcurrentQueue<(string Body, int Attempt)> Received { get; } = [];

    public ConcurrentDictionary<string, int> Failures { get; } = [];

    /// <summary>Longest time without any message sent.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>Sends normal messages, or ordered ones of that group.</summary>
    public void StartSender(string topic, string prefix, string? group = null) => _senders.Add(Task.Run(async () =>
    {
        for (var i = 0; !_sendersEnd.IsCancellationRequested;)
        {
            var body = $"{prefix} {i}";
            var message = Caller.Text(topic, body, system => system.MessageGroup = group ?? "");
            if (await TryAsync(i, async caller => (await caller.Service.SendMessageAsync(new SendMessageRequest { Messages = { message } }, caller.Options(seconds: 3))).Status))
            {
                Note();
                Sent.Enqueue(body);
                i++;
            }
            else if (group is null)
            {
                // A message that may be stored is not sent under the same name again; one of a group has to come before its next.
                i++;
            }

            await Task.Delay(Beat);
        }
    }));

    /// <summary>Receives and acknowledges.</summary>
    public void StartReceiver(string topic, string group) => _receivers.Add(Task.Run(async () =>
    {
        for (var turn = 0; !_receiversEnd.IsCancellationRequested; turn++)
        {
            var got = new List<Message>();
            await TryAsync(turn, async caller =>
            {
                var (status, messages, _) = await caller.ReceiveAsync(Caller.Receive(topic, group, static request => request.InvisibleDuration.Seconds = 10), seconds: 10);
                got = messages;
                return status;
            });
            foreach (var message in got)
            {
                Received.Enqueue((message.Body.ToStringUtf8(), message.SystemProperties.DeliveryAttempt));
                await TryAsync(turn, async caller => (await caller.AckAsync(topic, group, (message.SystemProperties.MessageId, message.SystemProperties.ReceiptHandle))).Status);
            }
        }
    }));

    /// <summary>Ends sending, and waits until all that was promised came.</summary>
    public async Task FinishAsync()
    {
        await _sendersEnd.CancelAsync();
        await Task.WhenAll(_senders).WaitAsync(TimeSpan.FromSeconds(30));
        HashSet<string> missing = [];
        var limit = Stopwatch.StartNew();
        while ((missing = [.. Sent.Except(Received.Select(static got => got.Body))]).Count > 0 && limit.Elapsed < TimeSpan.FromSeconds(60)) await Task.Delay(50);
        Assert.True(missing.Count == 0, $"{missing.Count} of {Sent.Count} never came: {string.Join(", ", missing.Take(5))}; failures: {string.Join("; ", Failures)}");
    }

    /// <summary>Each group's messages, by first sight, in the order in which they were sent.</summary>
    public void AssertOrdered(string prefix)
    {
        var numbers = Received.Where(got => got.Body.StartsWith(prefix + " ", StringComparison.Ordinal)).Select(got => int.Parse(got.Body[(prefix.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture)).Distinct().ToList();
        Assert.Equal(numbers.Order(), numbers);
    }

    public async ValueTask DisposeAsync()
    {
        await _sendersEnd.CancelAsync();
        await _receiversEnd.CancelAsync();
        await Task.WhenAll([.. _senders, .. _receivers]).WaitAsync(TimeSpan.FromSeconds(40));
        foreach (var caller in _callers) caller.Dispose();
        _sendersEnd.Dispose();
        _receiversEnd.Dispose();
    }

    /// <summary>At one proxy, and at the next ones when it is gone.</summary>
    private async Task<bool> TryAsync(int first, Func<Caller, Task<V2.Status>> call)
    {
        for (var i = 0; i < _callers.Length; i++)
        {
            try
            {
                var status = await call(_callers[(first + i) % _callers.Length]);
                if (status.Code is Code.Ok or Code.MessageNotFound) return true;
                Failures.AddOrUpdate($"{status.Code} {status.Message.Split(' ')[0]}", 1, static (_, count) => count + 1);
                return false;
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                Failures.AddOrUpdate((e as RpcException)?.StatusCode.ToString() ?? e.GetType().Name, 1, static (_, count) => count + 1);
            }
        }

        return false;
    }

    private void Note()
    {
        lock (_sendersEnd)
        {
            var gap = Stopwatch.GetElapsedTime(_lastSent);
            if (gap > LongestGap) LongestGap = gap;
            _lastSent = Stopwatch.GetTimestamp();
        }
    }
}
