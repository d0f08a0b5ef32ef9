using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223): asks a group's consumers where they stand (GET_CONSUMER_STATUS_FROM_CLIENT, 221). Who doesn't answer is left out.</summary>
public sealed class InvokeBrokerToGetConsumerStatusProcessor(ConsumerGroupTable consumers) : IRequestProcessor
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    public int Code => RequestCode.InvokeBrokerToGetConsumerStatus;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<GetConsumerStatusRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var clients = consumers.Clients(header.Group);
        if (clients.Count == 0) return request.CreateResponse(ResponseCode.SystemError, $"No Any Consumer online in the consumer group: [{header.Group}]");
        if (clients.Find(static client => client.Version < RocketMQVersion.V3_0_7) is { } old)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"the client does not support this feature. version={old.Version}");
        }

        var asked = clients.FindAll(client => string.IsNullOrWhiteSpace(header.ClientAddr) || client.ClientId == header.ClientAddr);
        var answers = await Task.WhenAll(asked.ConvertAll(client => AskAsync(client, header, cancellationToken))).ConfigureAwait(false);
        var told = new List<KeyValuePair<string, IReadOnlyList<KeyValuePair<MessageQueue, long>>>>();
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i] is { } offsets) told.Add(new(asked[i].ClientId, offsets));
        }

        return request.CreateResponse(ResponseCode.Success, body: new ConsumerStatusBody(told, []).Encode(StandardJson.IsWanted(request)));
    }

    private static async Task<IReadOnlyList<KeyValuePair<MessageQueue, long>>?> AskAsync(ClientInfo client, GetConsumerStatusRequestHeader header, CancellationToken cancellationToken)
    {
        try
        {
            var fields = (header with { ClientAddr = null }).ToExtFields();
            var answer = await client.Connection.InvokeAsync(
                RemotingCommand.CreateRequest(RequestCode.GetConsumerStatusFromClient, fields), CallTimeout, cancellationToken).ConfigureAwait(false);
            return answer.Code == ResponseCode.Success && !answer.Body.IsEmpty ? ConsumerStatusBody.Decode(answer.Body.Span).Own : null;
        }
        catch (Exception e) when (e is RemotingTimeoutException or RemotingSendException or FastJsonException)
        {
            return null;
        }
    }
}
