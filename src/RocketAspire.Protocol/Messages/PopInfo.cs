using System.Globalization;
using System.Text;

namespace RocketAspire.Protocol.Messages;

/// <summary>Builds the three texts of a pop's answer from which the consumer makes its receipts. Parts are joined by <c>;</c>, each is blank-separated.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/ExtraInfoUtil.java</remarks>
public static class PopInfo
{
    /// <summary>How the texts call a topic: 0 normal, 1 and 2 pop retry topics in their older and newer form.</summary>
    public static int RetryMark(string topic) => PopTopics.IsRetryV2(topic) ? 2 : PopTopics.IsRetry(topic) ? 1 : 0;

    /// <summary><c>retryMark queueId startOffset</c></summary>
    public static void AddStartOffset(StringBuilder text, string topic, int queueId, long startOffset) =>
        Next(text).Append(CultureInfo.InvariantCulture, $"{RetryMark(topic)} {queueId} {startOffset}");

    /// <summary><c>retryMark queueId offset,offset,…</c></summary>
    public static void AddMsgOffsets(StringBuilder text, string topic, int queueId, IEnumerable<long> offsets) =>
        Next(text).Append(CultureInfo.InvariantCulture, $"{RetryMark(topic)} {queueId} ").AppendJoin(',', offsets);

    /// <summary><c>retryMark qo{queueId}%{offset} count</c>: how often this message was handed out before.</summary>
    public static void AddOrderCount(StringBuilder text, string topic, int queueId, long offset, int count) =>
        Next(text).Append(CultureInfo.InvariantCulture, $"{RetryMark(topic)} qo{queueId}%{offset} {count}");

    /// <summary><c>retryMark queueId count</c>: the least of the queue's counts, for older consumers.</summary>
    public static void AddQueueOrderCount(StringBuilder text, string topic, int queueId, int count) =>
        Next(text).Append(CultureInfo.InvariantCulture, $"{RetryMark(topic)} {queueId} {count}");

    private static StringBuilder Next(StringBuilder text) => text.Length > 0 ? text.Append(';') : text;
}
