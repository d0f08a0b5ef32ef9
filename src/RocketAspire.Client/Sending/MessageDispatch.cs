using System.Collections.Frozen;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Polly;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>
/// Gets a message to a broker: picks a queue, sends, and on failure tries another broker until attempts or time run out. What every kind of
/// send goes through.
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/client/src/main/java/org/apache/rocketmq/client/impl/producer/DefaultMQProducerImpl.java</remarks>
internal sealed class MessageDispatch(RocketMQClient client, RocketMQProducerOptions options, string group, ILogger logger)
{
    /// <summary>Answers after which another broker may do better.</summary>
    private static readonly FrozenSet<int> RetryCodes = FrozenSet.ToFrozenSet(
    [
        ResponseCode.TopicNotExist, ResponseCode.ServiceNotAvailable, ResponseCode.SystemError, ResponseCode.SystemBusy, ResponseCode.NoPermission,
        ResponseCode.NoBuyerId, ResponseCode.NotInCurrentUnit, ResponseCode.GoAway,
    ]);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    // More than routes are kept for at least; with the next attempt's twice of it about an election's time.
    private static readonly TimeSpan RouteSettles = TimeSpan.FromMilliseconds(250);

    private readonly SendWindow _window = new(options.MaxInFlight, options.MaxInFlightBytes);
    private readonly TimeProvider _time = client.Time;
    private readonly ObserverSet _observers = new(options);

    public LatencyFaults Faults { get; } = new(client.Time, options.LatencyFaultTolerance);

    public int InFlight => _window.Count;

    public Task WhenIdleAsync() => _window.WhenEmptyAsync();

    /// <exception cref="RocketMQException">It wasn't stored, or nobody knows; see each kind.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; it may be stored all the same.</exception>
    public ValueTask<SendResult> SendAsync(OutgoingMessage message, QueueChoice choice, SendKind kind, CancellationToken cancellationToken) =>
        options.SendPipeline is { } pipeline && kind != SendKind.Oneway
            ? ThroughAsync(pipeline, token => SendOnceAsync(message, choice, kind, token), cancellationToken)
            : SendOnceAsync(message, choice, kind, cancellationToken);

    /// <summary>A failure that every try would meet again goes past the pipeline.</summary>
    private static async ValueTask<SendResult> ThroughAsync(ResiliencePipeline pipeline, Func<CancellationToken, ValueTask<SendResult>> send, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? final = null;
        var result = await pipeline.ExecuteAsync(async token =>
        {
            try
            {
                return await send(token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not (RocketMQSendException or RocketMQNameServersUnavailableException or OperationCanceledException))
            {
                final = ExceptionDispatchInfo.Capture(e);
                return null;
            }
        }, cancellationToken).ConfigureAwait(false);
        final?.Throw();
        return result!;
    }

    private async ValueTask<SendResult> SendOnceAsync(OutgoingMessage message, QueueChoice choice, SendKind kind, CancellationToken cancellationToken)
    {
        var observers = _observers.Now;
        var effort = new Effort(_time.GetTimestamp(), kind, observers.Count == 0 ? null : new SendObservation(group, client.ClientId, kind, message));
        foreach (var observer in observers) observer.BeforeSend(effort.Observation!);
        try
        {
            await EnterAsync(message, effort, cancellationToken).ConfigureAwait(false);
            try
            {
                var result = await TryAsync(message, choice, effort, cancellationToken).ConfigureAwait(false);
                if (effort.Observation is { } seen) seen.Result = result;
                return result is null || options.Namespace is null ? result! : result with { Queue = result.Queue with { Topic = Namespaces.Unwrap(options.Namespace, result.Queue.Topic) } };
            }
            finally
            {
                _window.Leave(message.Body.Length);
            }
        }
        catch (Exception e)
        {
            if (effort.Observation is { } seen) seen.Error = e;
            throw;
        }
        finally
        {
            if (effort.Observation is { } seen) seen.Took = _time.GetElapsedTime(effort.Started);
            foreach (var observer in observers) observer.AfterSend(effort.Observation!);
        }
    }

    private async ValueTask EnterAsync(OutgoingMessage message, Effort effort, CancellationToken cancellationToken)
    {
        try
        {
            await _window.EnterAsync(message.Body.Length, options.SendTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw OutOfTime(message, effort, e);
        }
    }

    private async ValueTask<SendResult?> TryAsync(OutgoingMessage message, QueueChoice choice, Effort effort, CancellationToken cancellationToken)
    {
        SendResult? unsafeResult = null;
        for (var attempt = 0; attempt <= options.MaxRetries; attempt++)
        {
            if (Left(effort) <= TimeSpan.Zero) break;
            var queues = await QueuesAsync(message, effort, cancellationToken).ConfigureAwait(false);
            var queue = choice.Pick(queues, effort.Tried, Faults);
            if (queue is null)
            {
                // A route from between two leaders: it is asked for again when the next one may be there.
                if (attempt < options.MaxRetries) await PauseAsync(RouteSettles * (attempt + 1), effort, cancellationToken).ConfigureAwait(false);
                var brokers = string.Join(',', queues.Route.BrokerDatas.Select(static broker => broker.BrokerName));
                await FailedAsync(message, effort, new(brokers, null, null, "no queue of the topic can be written: no broker of it has a master, or it takes no writes"), null, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var again = effort.Tried.Count > 0 && effort.Tried.Any(tried => tried.BrokerName == queue.BrokerName);
            if (again && !await PauseAsync(FirstPause * (1 << Math.Min(attempt, 6)), effort, cancellationToken).ConfigureAwait(false)) break;
            var result = await AttemptAsync(message, queue, effort, cancellationToken).ConfigureAwait(false);
            if (effort.Kind == SendKind.Oneway && effort.Sent) return null;
            if (result is null) continue;
            if (result.IsAcknowledged || !options.RetryWhenNotSafe) return result;
            unsafeResult = result;
            effort.Tried.Add(new(queue.BrokerName, client.Routes.MasterOf(queue.BrokerName), null, $"stored, but {result.Status}"));
        }

        // It is stored somewhere: that is more than an exception would say.
        if (unsafeResult is not null) return unsafeResult;
        throw new RocketMQSendException(message.Topic, effort.Tried, Left(effort) <= TimeSpan.Zero, _time.GetElapsedTime(effort.Started), effort.LastError);
    }

    /// <summary>Null: not stored, as far as is known, and worth another attempt.</summary>
    private async ValueTask<SendResult?> AttemptAsync(OutgoingMessage message, MessageQueue queue, Effort effort, CancellationToken cancellationToken)
    {
        if (client.Routes.MasterOf(queue.BrokerName) is not { } address)
        {
            await FailedAsync(message, effort, new(queue.BrokerName, null, null, "the group has no master"), null, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (effort.Observation is { } seen) (seen.BrokerAddress, seen.Attempts) = (address, seen.Attempts + 1);
        var request = message.ToRequest(group, queue, options.NewTopicQueues, client.Connection.Options);
        var started = _time.GetTimestamp();
        try
        {
            if (effort.Kind == SendKind.Oneway)
            {
                await client.Connection.TellAsync(address, request, cancellationToken).ConfigureAwait(false);
                effort.Sent = true;
                return null;
            }

            var left = Left(effort);
            var limit = client.Connection.Options.RequestTimeout;
            var answer = await AskAsync(queue.BrokerName, address, request, left < limit ? left : limit, cancellationToken).ConfigureAwait(false);
            if (SendAnswer.Read(address, request.Code, answer, queue, message.Id) is { } result)
            {
                if (result.IsAcknowledged) Faults.Succeeded(queue.BrokerName, _time.GetElapsedTime(started));
                else PassOver(message, queue);
                return result;
            }

            var refused = new RocketMQResponseException(address, request.Code, answer.Code, answer.Remark);
            if (!RetryCodes.Contains(answer.Code)) throw refused;
            await FailedAsync(message, effort, new(queue.BrokerName, address, answer.Code, answer.Remark ?? "no reason given"), refused, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsTransport(e) || e is ExecutionRejectedException)
        {
            await FailedAsync(message, effort, new(queue.BrokerName, address, null, e.Message), e, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private ValueTask<RemotingCommand> AskAsync(string broker, string address, RemotingCommand request, TimeSpan limit, CancellationToken cancellationToken) =>
        options.BrokerPipeline is { } pipelines
            ? pipelines(broker).ExecuteAsync(token => client.Connection.AskAsync(address, request, token, limit), cancellationToken)
            : client.Connection.AskAsync(address, request, cancellationToken, limit);

    /// <summary>A broker that has lost its slave does worse than another that has one, which may have come back just now.</summary>
    private void PassOver(OutgoingMessage message, MessageQueue queue)
    {
        Faults.Failed(queue.BrokerName);
        _ = RefreshAsync();

        async Task RefreshAsync()
        {
            try
            {
                await client.Routes.RefreshAsync(message.Topic, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsCluster(e) || e is ObjectDisposedException)
            {
                // What is known of the route goes on serving.
            }
        }
    }

    /// <summary>Notes a failure and asks for the route: the broker may be gone, or not be the master any more.</summary>
    private async ValueTask FailedAsync(OutgoingMessage message, Effort effort, SendAttempt attempt, Exception? error, CancellationToken cancellationToken)
    {
        effort.Tried.Add(attempt);
        effort.LastError = error;
        Faults.Failed(attempt.BrokerName);
        Log.SendRetried(logger, message.Topic, attempt.BrokerName, attempt.Reason);
        if (Left(effort) is var left && left <= TimeSpan.Zero) return;
        try
        {
            await client.Routes.RefreshAsync(message.Topic, cancellationToken).AsTask().WaitAsync(left, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or RocketMQException)
        {
            // What is known of the route goes on serving.
        }
    }

    private ValueTask<TopicQueues> QueuesAsync(OutgoingMessage message, Effort effort, CancellationToken cancellationToken)
    {
        var queues = client.Routes.GetOrTemplateAsync(message.Topic, options.NewTopicQueues, cancellationToken);
        return queues.IsCompletedSuccessfully ? queues : new(InTimeAsync(queues.AsTask()));

        async Task<TopicQueues> InTimeAsync(Task<TopicQueues> asking)
        {
            try
            {
                return await asking.WaitAsync(Left(effort), _time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                throw OutOfTime(message, effort, e);
            }
        }
    }

    /// <summary>False: there is no time left for it.</summary>
    private async ValueTask<bool> PauseAsync(TimeSpan pause, Effort effort, CancellationToken cancellationToken)
    {
        if (pause >= Left(effort)) return false;
        await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private TimeSpan Left(Effort effort) => options.SendTimeout - _time.GetElapsedTime(effort.Started);

    private RocketMQSendException OutOfTime(OutgoingMessage message, Effort effort, Exception inner) =>
        new(message.Topic, effort.Tried, ranOutOfTime: true, _time.GetElapsedTime(effort.Started), inner);

    /// <summary>One send over all its attempts.</summary>
    private sealed class Effort(long started, SendKind kind, SendObservation? observation)
    {
        public long Started => started;

        public SendKind Kind => kind;

        public SendObservation? Observation => observation;

        public List<SendAttempt> Tried { get; } = [];

        public Exception? LastError { get; set; }

        public bool Sent { get; set; }
    }
}
