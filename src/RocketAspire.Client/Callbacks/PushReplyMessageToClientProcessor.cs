using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>PUSH_REPLY_MESSAGE_TO_CLIENT (326): the reply to a request that this client sent.</summary>
internal sealed class PushReplyMessageToClientProcessor(PendingReplies replies, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.PushReplyMessageToClient;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ReplyMessageRequestHeader>(request.ExtFields, out var header, out var problem))
            return new(request.CreateResponse(ResponseCode.SystemError, problem));
        var properties = Encoding.UTF8.GetBytes(header.Properties ?? "");
        properties = MessageProperties.With(properties, MessageProperties.ArriveTime, replies.NowMs.ToString(CultureInfo.InvariantCulture));
        var reply = new RocketMQReceivedMessage(
            new MessageRecord
            {
                Topic = header.Topic,
                QueueId = header.QueueId,
                Flag = header.Flag,
                SysFlag = header.SysFlag,
                BornTimestamp = header.BornTimestamp,
                BornHost = Endpoint(header.BornHost),
                StoreTimestamp = header.StoreTimestamp,
                StoreHost = Endpoint(header.StoreHost),
                ReconsumeTimes = header.ReconsumeTimes ?? 0,
                Body = request.Body,
                Properties = properties,
            },
            brokerName: "");
        var correlation = reply.Property(MessageProperties.CorrelationId);
        if (correlation is null || !replies.Complete(correlation, reply)) Log.LateReply(logger, correlation);
        return new(request.CreateResponse(ResponseCode.Success));
    }

    /// <summary>Java writes /1.2.3.4:5 at times.</summary>
    private static IPEndPoint Endpoint(string text) => IPEndPoint.TryParse(text.TrimStart('/'), out var endpoint) ? endpoint : new IPEndPoint(IPAddress.None, 0);
}
