using System.Diagnostics;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

/// <summary>CONSUME_MESSAGE_DIRECTLY (309), from a broker: a push consumer is given one message and tells how it fared.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/client/ClientActivity.java</remarks>
internal sealed class ConsumeMessageDirectlyProcessor(ClientTable clients, ClientQuestions questions, ProxyOptions options) : IRequestProcessor
{
    public int Code => RequestCode.ConsumeMessageDirectly;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ConsumeMessageDirectlyRequestHeader>(request.ExtFields, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        if (header.ClientId is null || clients.Find(header.ClientId) is not { } client)
            return request.CreateResponse(ResponseCode.SystemError, $"The Consumer <{header.ConsumerGroup}> <{header.ClientId}> not online");
        if (!MessageRecordCodec.TryDecode(request.Body.Span, out var record)) return request.CreateResponse(ResponseCode.SystemError, "the message can't be read");
        var message = IncomingMessage.Create(record!.Topic, record, receiptHandle: null, attempt: record.ReconsumeTimes + 1, options.Time);
        var started = Stopwatch.GetTimestamp();
        var answer = await questions.AskAsync(client, nonce => new() { VerifyMessageCommand = new VerifyMessageCommand { Nonce = nonce, Message = message } }, cancellationToken).ConfigureAwait(false);
        if (answer is null) return request.CreateResponse(ResponseCode.SystemBusy, "call remote timeout");
        var result = answer.Status?.Code switch
        {
            V2.Code.Ok => "CR_SUCCESS",
            V2.Code.FailedToConsumeMessage => "CR_LATER",
            V2.Code.MessageCorrupted => "CR_RETURN_NULL",
            // Apache leaves it out, and mqadmin prints null.
            _ => "CR_THROW_EXCEPTION",
        };
        var remark = string.IsNullOrEmpty(answer.Status?.Message) ? "from gRPC client" : "from gRPC client: " + answer.Status.Message;
        var spent = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return request.CreateResponse(ResponseCode.Success, body: new ConsumeMessageDirectlyResult(client.Settings.Subscription?.Fifo ?? false, AutoCommit: true, result, remark, spent).Encode());
    }
}
