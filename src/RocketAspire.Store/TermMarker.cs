using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>How much room the record takes that opens a term.</summary>
internal static class TermMarker
{
    /// <summary>The same for every term.</summary>
    public static int RecordBytes { get; } = MessageRecordCodec.Measure(LogMarker.OfTerm(0));

    /// <summary>
    /// Where leaders are elected a record leaves room for a marker behind it, in bytes. Else the next leader would fill the file's end
    /// for its marker where the last one may have placed a small record: two logs would differ within one term.
    /// </summary>
    public static int RoomBehind(MessageRecord record) => record.Topic == TopicNames.TermMarker ? 0 : RecordBytes;
}
