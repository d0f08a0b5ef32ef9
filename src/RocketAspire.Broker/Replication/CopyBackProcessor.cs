using System.IO.Hashing;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// 7303: a slave sends back what its master lost. Fields: <c>brokerId</c>, <c>crc</c> of the body, and either
/// <c>tables</c> (the body is a <see cref="TableBundle"/>) or <c>offset</c> and <c>to</c> (the body is log from offset on).
/// The answer's <c>nextOffset</c> is where the next piece has to begin.
/// </summary>
internal sealed class CopyBackProcessor(MasterCatchUp master) : IRequestProcessor
{
    public int Code => RequestCode.ReplicationCopyBack;

    /// <summary>One piece of log.</summary>
    public static RemotingCommand CreateLogRequest(long slaveId, long offset, long to, ReadOnlyMemory<byte> bytes)
    {
        var request = CreateRequest(slaveId, bytes);
        request.ExtFields.Add("offset", offset);
        request.ExtFields.Add("to", to);
        return request;
    }

    public static RemotingCommand CreateTablesRequest(long slaveId, ReadOnlyMemory<byte> bundle)
    {
        var request = CreateRequest(slaveId, bundle);
        request.ExtFields.Add("tables", true);
        return request;
    }

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        try
        {
            var fields = request.ExtFields;
            var slaveId = HandshakeRequest.ParseLong(fields, "brokerId");
            if (HandshakeRequest.ParseLong(fields, "crc") != Crc32.HashToUInt32(request.Body.Span))
            {
                return request.CreateResponse(ResponseCode.SystemError, "copy back: the body doesn't fit its checksum");
            }
            if (fields.GetBoolean("tables", false))
            {
                await master.OnTablesBackAsync(slaveId, TableBundle.Decode(request.Body), cancellationToken).ConfigureAwait(false);
                return request.CreateResponse(ResponseCode.Success);
            }
            var next = await master.OnCopyBackAsync(
                slaveId, HandshakeRequest.ParseLong(fields, "offset"), HandshakeRequest.ParseLong(fields, "to"), request.Body, cancellationToken).ConfigureAwait(false);
            var answer = request.CreateResponse(ResponseCode.Success);
            answer.ExtFields.Add("nextOffset", next);
            return answer;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"copy back: {e.Message}");
        }
    }

    private static RemotingCommand CreateRequest(long slaveId, ReadOnlyMemory<byte> body)
    {
        var fields = new ExtFields { { "brokerId", slaveId }, { "crc", Crc32.HashToUInt32(body.Span) } };
        return RemotingCommand.CreateRequest(RequestCode.ReplicationCopyBack, fields, body);
    }
}
