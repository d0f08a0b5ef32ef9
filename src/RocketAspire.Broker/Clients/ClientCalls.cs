using RocketAspire.Protocol;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>Questions of an admin tool that only a connected consumer can answer: passed on to it, its answer passed back.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/client/net/Broker2Client.java</remarks>
public sealed class ClientCalls(ConsumerGroupTable consumers)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The client's answer under the tool's own number, or why there is none.</summary>
    public async ValueTask<RemotingCommand> PassOnAsync(
        RemotingCommand request, ExtFields fields, ReadOnlyMemory<byte> body, string group, string? clientId, CancellationToken cancellationToken)
    {
        var client = clientId is null ? null : consumers.FindClient(group, clientId);
        var connection = client?.Connection ?? (clientId is null ? null : consumers.Proxied.FindProxy(group, clientId));
        if (connection is null) return request.CreateResponse(ResponseCode.SystemError, $"The Consumer <{group}> <{clientId}> not online");
        if (client?.Version < RocketMQVersion.V3_1_8)
        {
            return request.CreateResponse(
                ResponseCode.SystemError, $"The Consumer <{clientId}> Version <{client.Version}> too low to finish, please upgrade it to V3_1_8_SNAPSHOT");
        }

        try
        {
            var answer = await connection.InvokeAsync(RemotingCommand.CreateRequest(request.Code, fields, body), CallTimeout, cancellationToken).ConfigureAwait(false);
            var response = request.CreateResponse(answer.Code, answer.Remark, answer.Body);
            foreach (var (key, value) in answer.ExtFields) response.ExtFields.Add(key, value);
            return response;
        }
        catch (RemotingTimeoutException e)
        {
            return request.CreateResponse(ResponseCode.ConsumeMsgTimeout, $"consumer <{group}> <{clientId}> Timeout: {e.Message}");
        }
        catch (RemotingSendException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"invoke consumer <{group}> <{clientId}> Exception: {e.Message}");
        }
    }
}
