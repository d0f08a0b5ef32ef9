using RocketAspire.Client;

namespace RocketAspire.Bench;

/// <summary>A way for messages out of the cluster.</summary>
internal interface IReceivePath
{
    /// <summary>Pulls that failed.</summary>
    long Failures { get; }

    /// <summary>Gives what is sent from now on to that.</summary>
    /// <exception cref="BenchException">The cluster can't be asked.</exception>
    Task StartAsync(Action<ReadOnlyMemory<byte>> take, CancellationToken stop);

    Task StoppedAsync();
}

/// <summary>Reads each queue from its end on by long polls, as a push consumer of remoting does.</summary>
internal sealed class RemotingReceivePath(RocketMQConnection connection, Targets targets, BenchOptions options) : IReceivePath
{
    private const string Group = "RocketAspireBench";
    private const int BatchSize = 32;
    private static readonly TimeSpan Suspend = TimeSpan.FromSeconds(15);

    private readonly MessagePuller _puller = new(connection, Group);
    private readonly List<Task> _pulling = [];
    private long _failures;

    public long Failures => Volatile.Read(ref _failures);

    public async Task StartAsync(Action<ReadOnlyMemory<byte>> take, CancellationToken stop)
    {
        var admin = new RocketMQAdmin(connection);
        try
        {
            foreach (var target in targets.Readable)
            {
                var offset = await admin.GetMaxOffsetAsync(target.Address, options.Topic, target.Queue.QueueId, stop).ConfigureAwait(false);
                _pulling.Add(Task.Run(() => PullAsync(target.Queue, offset, take, stop), CancellationToken.None));
            }
        }
        catch (Exception e) when (Tally.KindOf(e) is not null)
        {
            throw new BenchException(e.Message.ReplaceLineEndings(" "));
        }
    }

    public Task StoppedAsync() => Task.WhenAll(_pulling);

    private async Task PullAsync(MessageQueue queue, long offset, Action<ReadOnlyMemory<byte>> take, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var address = targets.Readable.FirstOrDefault(target => target.Queue == queue)?.Address;
                if (address is null)
                {
                    await targets.FollowAsync(stop).ConfigureAwait(false);
                    continue;
                }

                var pulled = await _puller.PullAsync(address, options.Topic, queue.QueueId, offset, BatchSize, Suspend, cancellationToken: stop).ConfigureAwait(false);
                offset = pulled.NextBeginOffset;
                foreach (var record in pulled.Messages) take(record.Body);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Tally.KindOf(e) is not null)
            {
                Interlocked.Increment(ref _failures);
                try
                {
                    await targets.FollowAsync(stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
