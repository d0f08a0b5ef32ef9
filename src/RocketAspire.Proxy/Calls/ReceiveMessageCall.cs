using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy;

/// <summary>ReceiveMessage: pops messages, waiting until some come. What can't be handed over is visible again after a second.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/consumer/ReceiveMessageActivity.java</remarks>
internal sealed class ReceiveMessageCall(ClusterView cluster, ClientTable clients, PoppedMessages popped, ReceiptRenewal renewal, ProxyOptions options)
{
    /// <summary>Clients since this version know ILLEGAL_POLLING_TIME.</summary>
    private const string KnowsPollingTime = "5.0.3";
    private const int AtTheEnd = 1;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnswerReserve = TimeSpan.FromSeconds(2);

    private int _turn = Random.Shared.Next();

    /// <summary>What one pop is about.</summary>
    private sealed record Pop(string Group, string Topic, SubscriptionData Filter, long InvisibleMs, long PollMs, bool IsOrdered, int MaxAttempts, bool AutoRenew);

    /// <summary>Gives what was answered.</summary>
    public async Task<Status> AnswerAsync(CallContext call, ReceiveMessageRequest request, IServerStreamWriter<ReceiveMessageResponse> writer)
    {
        Status status;
        var messages = new List<PoppedMessage>();
        Pop? pop = null;
        try
        {
            (status, pop) = await CheckAsync(call, request).ConfigureAwait(false);
            if (pop is not null) status = await PopAsync(call, request, pop, messages).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            status = Statuses.Of(e);
        }

        await HandOverAsync(call, writer, status, pop, messages).ConfigureAwait(false);
        return status;
    }

    private async Task<(Status Wrong, Pop? Pop)> CheckAsync(CallContext call, ReceiveMessageRequest request)
    {
        var settings = clients.Find(call.ClientId)?.Settings;
        if (PollingTime(call, request, settings, out var pollMs) is { } late) return (late, null);
        if ((Checks.Topic(request.MessageQueue?.Topic) ?? Checks.Group(request.Group)) is { } wrong) return (wrong, null);
        var autoRenew = request.AutoRenew;
        var invisibleMs = autoRenew ? Limits.DefaultInvisibleMs : Milliseconds(request.InvisibleDuration);
        if (!autoRenew && Checks.InvisibleTime(invisibleMs, Limits.MinReceiveInvisibleMs) is { } wrongTime) return (wrongTime, null);
        var topic = request.MessageQueue!.Topic.Name;
        var expression = request.FilterExpression ?? new FilterExpression();
        if (!SubscriptionData.TryBuild(topic, expression.Expression, expression.Type == FilterType.Sql ? SubscriptionData.Sql92 : SubscriptionData.Tag, out var filter))
            return (Statuses.Of(Code.IllegalFilterExpression, "subString split error"), null);
        var config = await cluster.GroupAsync(request.Group.Name, call.Ended).ConfigureAwait(false);
        var isOrdered = config?.ConsumeMessageOrderly ?? settings?.Subscription?.Fifo ?? false;
        var maxAttempts = (config ?? new SubscriptionGroupConfig()).RetryMaxTimes + 1;
        return (Statuses.Ok, new Pop(request.Group.Name, topic, filter, invisibleMs, pollMs, isOrdered, maxAttempts, autoRenew));
    }

    private Status? PollingTime(CallContext call, ReceiveMessageRequest request, Settings? settings, out long pollMs)
    {
        var remaining = call.RemainingMs(options.Time);
        pollMs = request.LongPollingTimeout is { } wanted ? Milliseconds(wanted)
            : remaining is { } left ? left - (Milliseconds(settings?.RequestTimeout) / 2) : Limits.MaxPollingMs;
        pollMs = Math.Clamp(pollMs, Limits.MinPollingMs, Limits.MaxPollingMs);
        if (remaining is not { } deadline || pollMs <= deadline) return null;
        pollMs = deadline;
        if (deadline >= Limits.MinPollingMs) return null;
        var code = call.ClientVersion is { } version && string.CompareOrdinal(KnowsPollingTime, version) <= 0 ? Code.IllegalPollingTime : Code.BadRequest;
        return Statuses.Of(code, "The deadline time remaining is not enough for polling, please check network condition");
    }

    private async Task<Status> PopAsync(CallContext call, ReceiveMessageRequest request, Pop pop, List<PoppedMessage> messages)
    {
        if (await PickAsync(call, request, pop).ConfigureAwait(false) is not { } target) return Statuses.Of(Code.Forbidden, "no readable queue");
        var header = new PopMessageRequestHeader
        {
            ConsumerGroup = pop.Group,
            Topic = pop.Topic,
            QueueId = target.QueueId,
            MaxMsgNums = Math.Clamp(request.BatchSize, 1, Limits.ReceiveBatchSize),
            InvisibleTime = pop.InvisibleMs,
            PollTime = pop.PollMs,
            BornTime = options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            InitMode = AtTheEnd,
            ExpType = pop.Filter.ExpressionType,
            Exp = pop.Filter.SubString,
            Order = pop.IsOrdered,
            AttemptId = request.HasAttemptId ? request.AttemptId : null,
        };

        // Not cancelled with the call: what the broker hands out then has to be given back.
        var timeout = TimeSpan.FromMilliseconds(pop.PollMs) + AnswerReserve;
        RemotingCommand answer;
        try
        {
            answer = await cluster.AskAsync(target.Address, RemotingCommand.CreateRequest(RequestCode.PopMessage, header.ToExtFields()), timeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (RocketAspire.Remoting.RemotingConnectException)
        {
            await cluster.RouteAsync(pop.Topic, call.Ended, isFresh: true).ConfigureAwait(false);
            throw;
        }

        switch (answer.Code)
        {
            case ResponseCode.Success:
                return await JudgeAsync(answer, target, pop, messages).ConfigureAwait(false);
            case ResponseCode.PollingFull:
                return Statuses.Of(Code.TooManyRequests, "polling full");
            case ResponseCode.PollingTimeout or ResponseCode.PullNotFound:
                return Statuses.Of(Code.MessageNotFound, "no new message");
            default:
                return Statuses.Of(answer.Code, answer.Remark);
        }
    }

    /// <summary>Another message's tag may have the same hash, and what was tried too often goes to the dead letters.</summary>
    private async Task<Status> JudgeAsync(RemotingCommand answer, QueueTarget target, Pop pop, List<PoppedMessage> messages)
    {
        if (PopAnswer.Read(answer, target.BrokerName, pop.IsOrdered, out var problem) is not { } all) return Statuses.Of(Code.InternalServerError, problem);
        foreach (var message in all)
        {
            var tag = MessageProperties.Get(message.Record.Properties.Span, MessageProperties.Tags);
            if (pop.Filter.Tags.Count > 0 && (tag is null || !pop.Filter.Tags.Contains(tag)))
                await popped.AcknowledgeAsync(pop.Group, pop.Topic, message.Handle, CancellationToken.None).ConfigureAwait(false);
            else if (message.ReconsumeTimes >= pop.MaxAttempts)
                await popped.GiveUpAsync(pop.Group, pop.Topic, message.Handle, IdOf(message.Record), CancellationToken.None).ConfigureAwait(false);
            else messages.Add(message);
        }

        return messages.Count > 0 ? Statuses.Ok : Statuses.Of(Code.MessageNotFound, "no match message");
    }

    /// <summary>While the topic's brokers have no master, one is waited for: clients ask again at once.</summary>
    private async Task<QueueTarget?> PickAsync(CallContext call, ReceiveMessageRequest request, Pop pop)
    {
        var started = options.Time.GetTimestamp();
        for (var isFresh = false; ; isFresh = true)
        {
            var route = await cluster.RouteAsync(pop.Topic, call.Ended, isFresh).ConfigureAwait(false);
            if (route.IsTemplate) throw new RocketMQTopicNotFoundException(pop.Topic);
            if (Pick(route, request.MessageQueue.Broker?.Name) is { } target) return target;
            if (!route.MayBeRead || options.Time.GetElapsedTime(started).TotalMilliseconds + LookAgain.TotalMilliseconds > pop.PollMs) return null;
            await Task.Delay(LookAgain, options.Time, call.Ended).ConfigureAwait(false);
        }
    }

    private QueueTarget? Pick(TopicRoute route, string? brokerName)
    {
        var brokers = route.ReadBrokers;
        if (brokers.Count == 0) return null;
        return brokers.FirstOrDefault(broker => broker.BrokerName == brokerName) ?? brokers[(int)((uint)Interlocked.Increment(ref _turn) % (uint)brokers.Count)];
    }

    private async Task HandOverAsync(CallContext call, IServerStreamWriter<ReceiveMessageResponse> writer, Status status, Pop? pop, List<PoppedMessage> messages)
    {
        var handed = 0;
        try
        {
            await writer.WriteAsync(new() { Status = status }, call.Ended).ConfigureAwait(false);
            foreach (var message in messages)
            {
                var content = IncomingMessage.Create(pop!.Topic, message.Record, message.Handle.ToString(), message.ReconsumeTimes + 1, options.Time);
                if (pop.AutoRenew) renewal.Add(call.ClientId, pop.Group, pop.Topic, content.SystemProperties.MessageId, message.Handle, message.ReconsumeTimes);
                await writer.WriteAsync(new() { Message = content }, call.Ended).ConfigureAwait(false);
                handed++;
            }

            await writer.WriteAsync(new() { DeliveryTimestamp = Timestamp.FromDateTimeOffset(options.Time.GetUtcNow()) }, call.Ended).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or IOException or RpcException)
        {
            foreach (var message in messages.Skip(handed)) await GiveBackAsync(call, pop!, message).ConfigureAwait(false);
        }
    }

    private async Task GiveBackAsync(CallContext call, Pop pop, PoppedMessage message)
    {
        if (pop.AutoRenew) await renewal.TakeAsync(call.ClientId, pop.Group, IdOf(message.Record), message.Handle).ConfigureAwait(false);
        try
        {
            await popped.ChangeAsync(pop.Group, pop.Topic, message.Handle, Limits.GiveBackMs, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            // It comes again when its time is over.
        }
    }

    private static string IdOf(MessageRecord record) =>
        MessageProperties.Get(record.Properties.Span, MessageProperties.UniqKey) ?? MessageId.Create(record.StoreHost, record.PhysicalOffset);

    internal static long Milliseconds(Duration? duration) => duration is null ? 0 : unchecked((duration.Seconds * 1000) + (duration.Nanos / 1_000_000));
}
