using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_MESSAGE (12): messages by one of their keys, from the index. Keys of one hash come together: the asker compares them.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/QueryMessageProcessor.java</remarks>
public sealed class QueryMessageProcessor(MessageStore store, BrokerConfiguration configuration) : IRequestProcessor
{
    // maxMsgsNumBatch of Apache.
    private const int MaxMessages = 64;

    // When the newest find none that is still in the log, older ones are looked for.
    private const int Rounds = 3;

    // What fits in a frame, with room for its header.
    private const int MaxBytes = 15 * 1024 * 1024;

    public int Code => RequestCode.QueryMessage;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<QueryMessageRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var found = Find(header, out var looked);
        var end = looked ? store.Queries.IndexEnd : default;
        var response = found.Length > 0
            ? request.CreateResponse(ResponseCode.Success, body: found)
            : request.CreateResponse(ResponseCode.QueryNotFound, "can not find message, maybe time range not correct");
        new QueryMessageResponseHeader(end.StoreTimestamp, end.PhysicalOffset).AddTo(response.ExtFields);
        return response;
    }

    /// <summary>The records' bytes in the order of the log.</summary>
    /// <param name="header">What is asked.</param>
    /// <param name="looked">False when the index knows no such key.</param>
    private byte[] Find(QueryMessageRequestHeader header, out bool looked)
    {
        looked = false;
        var max = Math.Clamp(header.IsUniqueKey ? configuration.Current.DefaultQueryMaxNum : header.MaxNum, 0, MaxMessages);
        var end = header.EndTimestamp;
        for (var round = 0; round < Rounds && end >= header.BeginTimestamp; round++)
        {
            var offsets = store.Queries.FindByKey(header.Topic, header.Key, max, header.BeginTimestamp, end);
            if (offsets.Count == 0) break;
            looked = true;
            using var body = new MemoryStream();
            foreach (var offset in offsets.Order())
            {
                var record = store.Queries.ReadRecordBytes(offset);
                if (body.Length > 0 && body.Length + record.Length > MaxBytes) break;
                body.Write(record);
            }

            if (body.Length > 0) return body.ToArray();
            if (store.ReadRecord(offsets.Min()) is not { } oldest) break;
            end = oldest.StoreTimestamp;
        }

        return [];
    }
}
