using RocketAspire.Chaos.Cluster;
using RocketAspire.Client;
using RocketAspire.Protocol.Messages;
using RocketAspire.Remoting;

namespace RocketAspire.Chaos.Load;

/// <summary>What all producers and consumers of a run share.</summary>
internal sealed record LoadContext(int Seed, RocketMQConnection Connection, Routes Routes, SendLog Sends, Func<TimeSpan> Now);

/// <summary>Sends numbered messages to one group's queues in turn, one at a time and each once: what failed is followed by another.</summary>
/// <param name="context">What is shared.</param>
/// <param name="id">The producer's number.</param>
/// <param name="group">The <c>brokerName</c> that it sends to.</param>
/// <param name="interval">From one message to the next, when answers come in time.</param>
/// <param name="hold">While it is taken nothing is sent.</param>
/// <param name="target">Where to send: by the route, unless told otherwise.</param>
internal sealed class Producer(LoadContext context, int id, string group, TimeSpan interval, GroupHold hold, Func<int, string?>? target = null)
{
    private const int UsualMaxBytes = 2_000;
    private const int LargeBytes = 60_000;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(20);

    private readonly Random _random = new(unchecked((context.Seed * 397) + id));
    private readonly MessageSender _sender = new(context.Connection, "chaos-producer");

    public async Task RunAsync(CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested;)
        {
            var address = target is null ? context.Routes.MasterOf(group) : target(number);
            var started = context.Now();
            var wentWell = false;
            if (address is not null && hold.TryEnter())
            {
                var send = await SendAsync(new MessageTag(id, number++), address).ConfigureAwait(false);
                context.Sends.Add(send);
                wentWell = send.Outcome is SendOutcome.Acknowledged or SendOutcome.NotSafe;
                hold.Leave();
            }

            if (!wentWell) await context.Routes.RefreshAsync(CancellationToken.None).ConfigureAwait(false);
            var pause = interval - (context.Now() - started);
            if (!wentWell && pause < AfterFailure) pause = AfterFailure;
            if (pause > TimeSpan.Zero) await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Never cancelled: an answer not waited for would be one more uncertain message.</summary>
    private async Task<SendAttempt> SendAsync(MessageTag tag, string address)
    {
        var queue = new QueueName(group, tag.Number % ChaosTopology.QueuesPerGroup);
        var size = _random.Next(50) == 0 ? _random.Next(UsualMaxBytes, LargeBytes) : _random.Next(MessageBody.MinSize, UsualMaxBytes);
        var message = new RocketMQMessage { Topic = ChaosTopology.TopicName, Body = MessageBody.Create(context.Seed, tag, size), Keys = [tag.ToString()] };
        var send = new SendAttempt(tag, queue, address, context.Now());
        try
        {
            var sent = await _sender.SendAsync(address, new(ChaosTopology.TopicName, group, queue.Id), message, CancellationToken.None).ConfigureAwait(false);
            var answered = context.Now();
            var physical = MessageId.TryParse(sent.OffsetMessageId, out _, out var offset) ? offset : -1;
            return send with
            {
                Outcome = sent.IsAcknowledged ? SendOutcome.Acknowledged : SendOutcome.NotSafe,
                Code = CodeOf(sent.Status),
                QueueOffset = sent.QueueOffset,
                PhysicalOffset = physical,
                AnsweredAt = answered,
            };
        }
        catch (RocketMQResponseException e)
        {
            return send with { Outcome = SendAttempt.OutcomeOf(e.Code), Code = e.Code, AnsweredAt = context.Now() };
        }
        catch (RemotingConnectException)
        {
            return send with { Outcome = SendOutcome.Refused, AnsweredAt = context.Now() };
        }
        catch (Exception e) when (e is RemotingSendException or RemotingTimeoutException)
        {
            return send with { Outcome = SendOutcome.Uncertain, AnsweredAt = context.Now() };
        }
    }

    private static int CodeOf(SendStatus status) => status switch
    {
        SendStatus.FlushDiskTimeout => Protocol.Remoting.ResponseCode.FlushDiskTimeout,
        SendStatus.SlaveNotAvailable => Protocol.Remoting.ResponseCode.SlaveNotAvailable,
        SendStatus.FlushSlaveTimeout => Protocol.Remoting.ResponseCode.FlushSlaveTimeout,
        _ => Protocol.Remoting.ResponseCode.Success,
    };
}
