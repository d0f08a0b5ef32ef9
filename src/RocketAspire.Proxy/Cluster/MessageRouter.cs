using RocketAspire.Client;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

/// <summary>
/// Picks a message's queue and sends it there; where a broker can't take it, to another one, as long as the client waits. A message
/// of a group stays with its queue, for another one's would overtake it.
/// </summary>
internal sealed class MessageRouter(ClusterView cluster, ProxyOptions options)
{
    // The answer has to come before the client gives up.
    private const long ReserveMs = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private int _turn = Random.Shared.Next();

    /// <summary>Sends; gives the last broker's answer. No target: there is no queue that could be written.</summary>
    /// <exception cref="RemotingConnectException">No broker could be reached, and time is over.</exception>
    /// <exception cref="RemotingTimeoutException">A broker didn't answer in time; it may have stored the message.</exception>
    public async Task<(QueueTarget? Target, RemotingCommand? Answer)> SendAsync(CallContext call, string topic, OutgoingMessage message, Func<QueueTarget, RemotingCommand> createRequest)
    {
        var started = options.Time.GetTimestamp();
        var limit = call.RemainingMs(options.Time) is { } left ? TimeSpan.FromMilliseconds(Math.Max(ReserveMs, left - ReserveMs)) : options.SendTimeout;
        var tried = new HashSet<string>(StringComparer.Ordinal);
        QueueTarget? kept = null;
        for (TopicRoute? known = null; ;)
        {
            var route = known = await RouteAsync(topic, known, call.Ended).ConfigureAwait(false);
            var target = kept is null ? Pick(route, message.Group, tried) : Again(route, kept);
            if (target is null)
            {
                if (!route.MayBeWritten || IsOver(started, limit)) return (null, null);
                await Task.Delay(Pause, options.Time, call.Ended).ConfigureAwait(false);
                continue;
            }

            if (message.Group.Length > 0) kept = target;
            var remaining = limit - options.Time.GetElapsedTime(started);
            Exception? failure = null;
            try
            {
                var answer = await cluster.AskAsync(target.Address, createRequest(target), remaining > Pause ? remaining : Pause, call.Ended).ConfigureAwait(false);
                if (!IsRefusedForCertain(answer.Code) || IsOver(started, limit)) return (target, answer);
                if (answer.Code != ResponseCode.ServiceNotAvailable && IsAlone(route, message, tried, target)) return (target, answer);
            }
            catch (RemotingConnectException e)
            {
                failure = e;
            }
            catch (RemotingSendException e) when (message.Type != MessageType.Transaction)
            {
                // It may be stored: then it comes twice, as with any producer that tries again. Two halves of a transaction would both be asked about.
                failure = e;
            }

            if (failure is not null && IsOver(started, limit)) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            tried.Add(target.BrokerName);
            if (kept is null && route.WriteQueues.Any(queue => !tried.Contains(queue.BrokerName))) continue;
            tried.Clear();
            await Task.Delay(Pause, options.Time, call.Ended).ConfigureAwait(false);
        }
    }

    /// <summary>The topic's route now. One that was there a moment ago stays: its only broker may be between its end and its start, and takes its name from the name servers meanwhile.</summary>
    private async Task<TopicRoute> RouteAsync(string topic, TopicRoute? known, CancellationToken cancellationToken)
    {
        try
        {
            return await cluster.RouteAsync(topic, cancellationToken, isFresh: known is not null).ConfigureAwait(false);
        }
        catch (RocketMQTopicNotFoundException) when (known is not null)
        {
            return known;
        }
    }

    private static bool IsAlone(TopicRoute route, OutgoingMessage message, HashSet<string> tried, QueueTarget target) =>
        message.Group.Length > 0 || !route.WriteQueues.Any(queue => queue.BrokerName != target.BrokerName && !tried.Contains(queue.BrokerName));

    private static bool IsRefusedForCertain(int code) => code is ResponseCode.ServiceNotAvailable or ResponseCode.SystemBusy or ResponseCode.NoPermission;

    private bool IsOver(long started, TimeSpan limit) => options.Time.GetElapsedTime(started) + Pause >= limit;

    private QueueTarget? Pick(TopicRoute route, string group, HashSet<string> tried)
    {
        var queues = route.WriteQueues;
        if (queues.Count == 0) return null;
        if (group.Length > 0) return queues[QueueHash.Pick(JavaString.HashCode(group), queues.Count)];
        var first = (uint)Interlocked.Increment(ref _turn);
        for (uint i = 0; i < queues.Count; i++)
        {
            var queue = queues[(int)((first + i) % (uint)queues.Count)];
            if (!tried.Contains(queue.BrokerName)) return queue;
        }

        return queues[(int)(first % (uint)queues.Count)];
    }

    /// <summary>The same queue, at the master that it has now.</summary>
    private static QueueTarget Again(TopicRoute route, QueueTarget kept) => route.MasterOf(kept.BrokerName) is { } address ? kept with { Address = address } : kept;
}
