namespace RocketAspire.Broker.Raft;

/// <summary>Messages as bytes, with a checksum over all of them.</summary>
public static class RaftMessageCodec
{
    /// <summary>No message is longer: the longest record of a log, or the metadata of a base.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Length of the encoded message.</summary>
    public static int Measure(RaftMessage message) => throw new NotImplementedException();

    /// <summary>Answers the bytes written.</summary>
    public static int Encode(RaftMessage message, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Decodes a whole message; its bytes and tables are copied.</summary>
    /// <exception cref="FormatException">Too short, too long, damaged or of an unknown kind.</exception>
    public static RaftMessage Decode(ReadOnlySpan<byte> source) => throw new NotImplementedException();
}
