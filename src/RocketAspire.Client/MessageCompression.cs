using System.IO.Compression;
using K4os.Compression.LZ4.Streams;
using RocketAspire.Protocol.Messages;
using ZstdSharp;

namespace RocketAspire.Client;

/// <summary>How large bodies are made smaller. Clients before 5.0 read <see cref="Zlib"/> only.</summary>
public enum CompressionType
{
    Zlib,
    Lz4,
    Zstd,
}

/// <summary>Bodies made smaller and whole again, as the bits of a message's sysFlag say.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/tree/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/compression</remarks>
internal static class MessageCompression
{
    /// <summary>No body grows beyond this when it is unpacked: a few hostile bytes must not fill the memory.</summary>
    public const int MaxUnpackedBytes = 64 * 1024 * 1024;

    private const int TypeMask = 0x700;

    public static (byte[] Body, int SysFlag) Compress(ReadOnlyMemory<byte> body, CompressionType type)
    {
        using var packed = new MemoryStream();
        using (var stream = Packing(packed, type)) stream.Write(body.Span);
        return (packed.ToArray(), MessageSysFlag.Compressed | FlagOf(type));
    }

    /// <exception cref="InvalidDataException">The bytes aren't what the flag says, or grow too large.</exception>
    public static ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> body, int sysFlag)
    {
        if ((sysFlag & MessageSysFlag.Compressed) == 0) return body;
        try
        {
            using var packed = new MemoryStream(body.ToArray(), writable: false);
            using var stream = Unpacking(packed, sysFlag);
            return ReadAll(stream);
        }
        catch (Exception e) when (e is not InvalidDataException and not OutOfMemoryException)
        {
            throw new InvalidDataException("the message's body can't be unpacked: " + e.Message, e);
        }
    }

    private static int FlagOf(CompressionType type) => type switch
    {
        CompressionType.Lz4 => MessageSysFlag.CompressionLz4,
        CompressionType.Zstd => MessageSysFlag.CompressionZstd,
        // Consumers of 4.x look at the first bit only, and 5.x takes that for ZLIB.
        _ => 0,
    };

    private static Stream Packing(Stream target, CompressionType type) => type switch
    {
        CompressionType.Lz4 => LZ4Stream.Encode(target, leaveOpen: true),
        CompressionType.Zstd => new CompressionStream(target, level: 3, leaveOpen: true),
        _ => new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true),
    };

    private static Stream Unpacking(Stream source, int sysFlag) => (sysFlag & TypeMask) switch
    {
        MessageSysFlag.CompressionLz4 => LZ4Stream.Decode(source),
        MessageSysFlag.CompressionZstd => new DecompressionStream(source),
        0 or MessageSysFlag.CompressionZlib => new ZLibStream(source, CompressionMode.Decompress),
        var other => throw new InvalidDataException($"the message's body is packed in a way that isn't known (0x{other:X})"),
    };

    private static byte[] ReadAll(Stream stream)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (whole.Length + read > MaxUnpackedBytes) throw new InvalidDataException($"the message's body grows beyond {MaxUnpackedBytes} bytes");
            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }
}
