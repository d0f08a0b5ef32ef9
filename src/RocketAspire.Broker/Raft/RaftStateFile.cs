using System.Globalization;
using System.IO.Hashing;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Keeps <see cref="RaftState"/> in <c>raft.state</c> of the store's folder: a line of JSON, and a line with its CRC-32 in hexadecimal.</summary>
/// <remarks>
/// Order of writing: a temporary file, synced, renamed, the folder synced. There is no backup to fall back on: an older
/// state would forget a vote. Who finds the file damaged has lost its word and says so.
/// </remarks>
internal sealed class RaftStateFile(string directory, IStorageDevice device)
{
    private const int MaxBytes = 1 << 20;

    public string Path { get; } = System.IO.Path.Combine(directory, "raft.state");

    /// <summary>Null without a problem: there is no file. Null with one: it can't be read.</summary>
    public RaftState? Read(out string? problem)
    {
        problem = null;
        if (!device.FileExists(Path)) return null;
        try
        {
            using var file = device.Open(Path, create: false);
            var content = new byte[Math.Min(file.Length, MaxBytes)];
            file.Read(0, content);
            return Decode(content);
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>Durable when it returns.</summary>
    /// <exception cref="IOException">The old state is still in place.</exception>
    public void Write(RaftState state)
    {
        var temporary = Path + ".tmp";
        using (var file = device.Open(temporary, create: true))
        {
            file.SetLength(0);
            file.Write(0, Encode(state));
            file.Flush();
        }

        device.Rename(temporary, Path);
        device.FlushDirectory(directory);
    }

    internal static byte[] Encode(RaftState state)
    {
        var json = new FastJsonWriter(quoteKeys: true);
        json.StartObject();
        json.Property("term", state.Term);
        json.Property("votedFor", state.VotedFor);
        json.Property("incarnation", state.Incarnation);
        json.Property("member", (int)state.Member);
        json.Property("commitFloor", state.CommitFloor);
        json.Property("hasLog", state.HasLog);
        if (state.Group is { } group)
        {
            json.Key("group");
            json.StartObject();
            json.Property("number", group.Number);
            json.Key("incarnations");
            json.StartObject();
            foreach (var (id, incarnation) in group.Incarnations) json.Property(id, incarnation);
            json.EndObject();
            json.EndObject();
        }

        json.EndObject();
        var line = json.ToArray();
        return [.. line, .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n{Crc32.HashToUInt32(line):x8}\n"))];
    }

    /// <exception cref="FormatException">Not what <see cref="Encode"/> makes.</exception>
    internal static RaftState Decode(ReadOnlySpan<byte> content)
    {
        var end = content.IndexOf((byte)'\n');
        if (end < 0 || content.Length != end + 10 || content[^1] != '\n') throw new FormatException("it is cut off");
        if (!uint.TryParse(content.Slice(end + 1, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc) || crc != Crc32.HashToUInt32(content[..end]))
        {
            throw new FormatException("its checksum doesn't match");
        }

        var json = FastJson.Parse(content[..end]);
        var group = json["group"];
        return new RaftState(
            json["term"].AsInt32(),
            json["votedFor"].AsString(),
            json["incarnation"].AsString() ?? throw new FormatException("it has no incarnation"),
            (MemberState)json["member"].AsInt32(),
            group.IsAbsent ? null : new GroupRecord(group["number"].AsInt32(), new Dictionary<string, string>(group["incarnations"].AsStringMap(), StringComparer.Ordinal)),
            json["commitFloor"].AsInt64(),
            json["hasLog"].AsBoolean());
    }
}
