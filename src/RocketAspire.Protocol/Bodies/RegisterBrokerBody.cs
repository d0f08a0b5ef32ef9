using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace RocketAspire.Protocol.Bodies;

/// <summary>Body of REGISTER_BROKER (103).</summary>
/// <remarks>
/// Compressed (zlib over big-endian lengths and texts):
/// <code>
/// | int32 n, DataVersion JSON | int32 topics, { int32 n, "name read write perm filterType [attributes]" }* |
/// | int32 n, filter servers JSON | from 5.0 on: int32 mappings, { int32 n, JSON }* |
/// </code>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/RegisterBrokerBody.java
/// </remarks>
public sealed record RegisterBrokerBody
{
    /// <summary>Most bytes that a compressed body may inflate to: room for half a million topics.</summary>
    public const int MaxInflatedBytes = 64 * 1024 * 1024;

    private const int MaxTextBytes = 1024 * 1024;

    public TopicConfigAndVersion TopicConfigs { get; init; } = new();

    public IReadOnlyList<string> FilterServers { get; init; } = [];

    /// <summary>What the header field bodyCrc32 holds: CRC-32 of the body without the sign bit.</summary>
    public static int Checksum(ReadOnlySpan<byte> body) => (int)(Crc32.HashToUInt32(body) & 0x7FFFFFFF);

    public byte[] Encode(bool compressed = false)
    {
        if (compressed) return EncodeCompressed();
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("filterServerList", FilterServers);
        json.Key("topicConfigSerializeWrapper");
        TopicConfigs.Write(json);
        json.EndObject();
        return json.ToArray();
    }

    /// <param name="body">The bytes.</param>
    /// <param name="compressed">What the header's field of that name says.</param>
    /// <exception cref="FormatException">The body can't be read.</exception>
    public static RegisterBrokerBody Decode(ReadOnlySpan<byte> body, bool compressed = false)
    {
        if (compressed) return DecodeCompressed(body);
        var json = FastJson.Parse(body);
        var topics = json["topicConfigSerializeWrapper"];
        return new RegisterBrokerBody
        {
            // Brokers before 3.0.11 send the table alone.
            TopicConfigs = TopicConfigAndVersion.Read(topics.IsAbsent ? json : topics),
            FilterServers = json["filterServerList"].AsStrings(),
        };
    }

    private byte[] EncodeCompressed()
    {
        using var result = new MemoryStream();
        using (var stream = new ZLibStream(result, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            WriteText(stream, TopicConfigs.DataVersion.Encode());
            WriteInt32(stream, TopicConfigs.TopicConfigTable.Count);
            foreach (var topic in TopicConfigs.TopicConfigTable.Values) WriteText(stream, Encoding.UTF8.GetBytes(topic.ToText()));
            var json = new FastJsonWriter();
            json.StartArray();
            foreach (var server in FilterServers) json.Value(server);
            json.EndArray();
            WriteText(stream, json.Written.Span);
            // Readers before 5.0 stop before this count; later ones need it.
            WriteInt32(stream, 0);
        }

        return result.ToArray();
    }

    private static RegisterBrokerBody DecodeCompressed(ReadOnlySpan<byte> body)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(body.ToArray()), CompressionMode.Decompress);
            var budget = MaxInflatedBytes;
            var version = DataVersion.Decode(ReadText(stream, ref budget));
            var count = ReadInt32(stream, ref budget);
            var topics = new SortedDictionary<string, TopicConfig>(StringComparer.Ordinal);
            for (var i = 0; i < count; i++)
            {
                var text = Encoding.UTF8.GetString(ReadText(stream, ref budget));
                var topic = TopicConfig.FromText(text) ?? throw new FormatException($"topic {i} of a register body can't be read");
                topics[topic.TopicName] = topic;
            }

            var servers = FastJson.Parse(ReadText(stream, ref budget)).AsStrings();
            return new RegisterBrokerBody
            {
                TopicConfigs = new TopicConfigAndVersion { DataVersion = version, TopicConfigTable = topics },
                FilterServers = servers,
            };
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FormatException("a compressed register body can't be inflated: " + e.Message, e);
        }
    }

    private static byte[] ReadText(Stream stream, ref int budget)
    {
        var length = ReadInt32(stream, ref budget);
        if (length is < 0 or > MaxTextBytes || length > budget) throw new FormatException($"a text of {length} bytes in a register body");
        budget -= length;
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static int ReadInt32(Stream stream, ref int budget)
    {
        budget -= sizeof(int);
        if (budget < 0) throw new FormatException($"a register body inflates to more than {MaxInflatedBytes} bytes");
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    private static void WriteText(Stream stream, ReadOnlySpan<byte> text)
    {
        WriteInt32(stream, text.Length);
        stream.Write(text);
    }

    private static void WriteInt32(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        stream.Write(bytes);
    }
}
