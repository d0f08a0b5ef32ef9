using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using RocketAspire.Proxy.V2;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy;

/// <summary>Everything that answers.</summary>
internal sealed record CallTable(
    QueryRouteCall QueryRoute, QueryAssignmentCall QueryAssignment, SendMessageCall SendMessage, ReceiveMessageCall ReceiveMessage, AckMessageCall AckMessage,
    ChangeInvisibleDurationCall ChangeInvisibleDuration, ForwardMessageToDeadLetterQueueCall ForwardMessageToDeadLetterQueue, EndTransactionCall EndTransaction,
    RecallMessageCall RecallMessage, HeartbeatCall Heartbeat, NotifyClientTerminationCall NotifyClientTermination, TelemetryCall Telemetry);

/// <summary>The service <c>apache.rocketmq.v2.MessagingService</c>. Whatever goes wrong is a status in the answer; what Apache's proxy doesn't implement either is UNIMPLEMENTED.</summary>
internal sealed class MessagingCalls(CallTable calls, AccessGate gate, ProxyMetrics metrics, ILogger logger, CancellationToken stopping) : MessagingService.MessagingServiceBase
{
    public override Task<QueryRouteResponse> QueryRoute(QueryRouteRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.QueryRoute.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<QueryAssignmentResponse> QueryAssignment(QueryAssignmentRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.QueryAssignment.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<SendMessageResponse> SendMessage(SendMessageRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.SendMessage.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<AckMessageResponse> AckMessage(AckMessageRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.AckMessage.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<ChangeInvisibleDurationResponse> ChangeInvisibleDuration(ChangeInvisibleDurationRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.ChangeInvisibleDuration.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<ForwardMessageToDeadLetterQueueResponse> ForwardMessageToDeadLetterQueue(ForwardMessageToDeadLetterQueueRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.ForwardMessageToDeadLetterQueue.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<EndTransactionResponse> EndTransaction(EndTransactionRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.EndTransaction.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<RecallMessageResponse> RecallMessage(RecallMessageRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => calls.RecallMessage.AnswerAsync(call, request), static status => new() { Status = status });

    public override Task<HeartbeatResponse> Heartbeat(HeartbeatRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => Task.FromResult(calls.Heartbeat.Answer(call, request)), static status => new() { Status = status });

    public override Task<NotifyClientTerminationResponse> NotifyClientTermination(NotifyClientTerminationRequest request, ServerCallContext context) =>
        AnswerAsync(context, request, call => Task.FromResult(calls.NotifyClientTermination.Answer(call, request)), static status => new() { Status = status });

    public override async Task ReceiveMessage(ReceiveMessageRequest request, IServerStreamWriter<ReceiveMessageResponse> responseStream, ServerCallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        var call = CallContext.Of(context, ended.Token);
        var began = metrics.Begin();
        Status? wrong = null;
        try
        {
            wrong = await RefuseAsync(call, request).ConfigureAwait(false);
            if (wrong is null) metrics.End(began, nameof(ReceiveMessage), await calls.ReceiveMessage.AnswerAsync(call, request, responseStream).ConfigureAwait(false), isLongPolling: true);
        }
        catch (Exception e) when (IsExpected(e, call))
        {
            wrong = Statuses.Of(e);
        }
        catch (Exception e)
        {
            wrong = Failed(context, e);
        }

        if (wrong is not null) metrics.End(began, nameof(ReceiveMessage), wrong);
        if (wrong is not null && !call.Ended.IsCancellationRequested) await responseStream.WriteAsync(new() { Status = wrong }, call.Ended).ConfigureAwait(false);
    }

    public override async Task Telemetry(IAsyncStreamReader<TelemetryCommand> requestStream, IServerStreamWriter<TelemetryCommand> responseStream, ServerCallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        await calls.Telemetry.RunAsync(CallContext.Of(context, ended.Token), requestStream, responseStream).ConfigureAwait(false);
    }

    private async Task<T> AnswerAsync<T>(ServerCallContext context, IMessage request, Func<CallContext, Task<T>> answer, Func<Status, T> refuse)
        where T : class, IMessage
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        var call = CallContext.Of(context, ended.Token);
        var began = metrics.Begin();
        var response = await AnswerAsync(context, call, request, answer, refuse).ConfigureAwait(false);
        metrics.End(began, context.Method[(context.Method.LastIndexOf('/') + 1)..], response);
        return response;
    }

    private async Task<T> AnswerAsync<T>(ServerCallContext context, CallContext call, IMessage request, Func<CallContext, Task<T>> answer, Func<Status, T> refuse)
    {
        try
        {
            return await RefuseAsync(call, request).ConfigureAwait(false) is { } wrong ? refuse(wrong) : await answer(call).ConfigureAwait(false);
        }
        catch (Exception e) when (IsExpected(e, call))
        {
            return refuse(Statuses.Of(e));
        }
        catch (Exception e)
        {
            return refuse(Failed(context, e));
        }
    }

    /// <summary>First whether it may, then who it is: in Apache's order.</summary>
    private async ValueTask<Status?> RefuseAsync(CallContext call, IMessage request) => await gate.RefuseAsync(call, request).ConfigureAwait(false)
        ?? (string.IsNullOrWhiteSpace(call.ClientId) ? Statuses.Of(Code.ClientIdRequired, "client id cannot be empty") : null);

    private static bool IsExpected(Exception e, CallContext call) => Failures.IsOfCluster(e) || (e is OperationCanceledException && call.Ended.IsCancellationRequested);

    private Status Failed(ServerCallContext context, Exception e)
    {
        Log.CallFailed(logger, context.Method, e.Message.ReplaceLineEndings(" "), e);
        return Statuses.Of(Code.InternalServerError, $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
    }
}
