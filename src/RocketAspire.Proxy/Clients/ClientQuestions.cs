using System.Collections.Concurrent;
using System.Globalization;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>What clients are asked over their telemetry streams, and what they answer: by a number that both sides tell.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/channel/GrpcChannelManager.java</remarks>
internal sealed class ClientQuestions(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (ClientSession Client, TaskCompletionSource<TelemetryCommand> Answer)> _open = new(StringComparer.Ordinal);
    private long _last;

    /// <summary>The client's answer; null when it has no stream, or doesn't answer in time.</summary>
    public async Task<TelemetryCommand?> AskAsync(ClientSession client, Func<string, TelemetryCommand> question, CancellationToken cancellationToken)
    {
        if (client.Stream is not { } stream) return null;
        var nonce = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<TelemetryCommand>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[nonce] = (client, answer);
        try
        {
            return await stream.WriteAsync(question(nonce)).ConfigureAwait(false) ? await answer.Task.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _open.TryRemove(nonce, out _);
        }
    }

    /// <summary>Takes an answer; one that nobody waits for any more, or that another client was asked for, is dropped.</summary>
    public void Answer(ClientSession client, TelemetryCommand command)
    {
        var nonce = command.ThreadStackTrace?.Nonce ?? command.VerifyMessageResult?.Nonce ?? "";
        if (_open.TryGetValue(nonce, out var open) && ReferenceEquals(open.Client, client)) open.Answer.TrySetResult(command);
    }
}
