using System.Buffers.Binary;
using System.Text;

namespace OfflineAspire;

internal enum MessageKind : byte
{
    // To the guardian.
    Start = 1,
    Stop = 2,
    KillAll = 3,
    KeepFolder = 4,
    ForgetFolder = 5,
    Shutdown = 6,
    KeepCommand = 7,
    ForgetCommand = 8,

    // From the guardian.
    Started = 64,
    StartFailed = 65,
    Output = 66,
    Exited = 67,
    Gone = 68,
}

/// <summary>
/// Frames on the two pipes between AppHost and guardian.
/// <code>
/// int32 length of what follows | byte kind | int32 group id | payload
/// Start: string file, marker, directory; int32 n, n strings (arguments); int32 n, n name/value pairs
/// Stop: int32 grace in ms     KeepFolder, ForgetFolder: string path
/// KeepCommand: as Start, its marker being the command's name     ForgetCommand: string name
/// Started: int32 process id   StartFailed: string message   Output: byte isError, UTF-8 line   Exited: int32 code, int32 signal
/// </code>
/// Little endian; a string is an int32 length and UTF-8 bytes.
/// </summary>
internal sealed class GuardianMessage
{
    public const int MaxLength = 8 * 1024 * 1024;

    private readonly MemoryStream _payload;

    public GuardianMessage(MessageKind kind, int groupId)
    {
        Kind = kind;
        GroupId = groupId;
        _payload = new();
    }

    private GuardianMessage(MessageKind kind, int groupId, byte[] payload)
    {
        Kind = kind;
        GroupId = groupId;
        _payload = new(payload);
    }

    public MessageKind Kind { get; }

    public int GroupId { get; }

    public GuardianMessage Add(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _payload.Write(bytes);
        return this;
    }

    public GuardianMessage Add(string value) => Add(Encoding.UTF8.GetBytes(value));

    public GuardianMessage Add(ReadOnlySpan<byte> value)
    {
        Add(value.Length);
        _payload.Write(value);
        return this;
    }

    public int ReadInt()
    {
        Span<byte> bytes = stackalloc byte[4];
        _payload.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public string ReadString()
    {
        int length = ReadInt();
        if (length < 0 || length > _payload.Length - _payload.Position)
        {
            throw new InvalidDataException($"A guardian message names a string of {length} bytes.");
        }
        byte[] bytes = new byte[length];
        _payload.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public GuardianMessage Add(string name, SpawnRequest request)
    {
        Add(request.File).Add(name).Add(request.WorkingDirectory).Add(request.Arguments.Count);
        foreach (string argument in request.Arguments)
        {
            Add(argument);
        }
        Add(request.Environment.Count);
        foreach ((string variable, string value) in request.Environment)
        {
            Add(variable).Add(value);
        }
        return this;
    }

    public (string Name, SpawnRequest Request) ReadRequest()
    {
        string file = ReadString();
        string name = ReadString();
        string directory = ReadString();
        string[] arguments = new string[ReadInt()];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = ReadString();
        }
        var environment = new Dictionary<string, string>();
        for (int left = ReadInt(); left > 0; left--)
        {
            environment[ReadString()] = ReadString();
        }
        return (name, new() { File = file, Arguments = arguments, Environment = environment, WorkingDirectory = directory });
    }

    public void WriteTo(Stream output)
    {
        byte[] frame = new byte[9 + _payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        frame[4] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(5), GroupId);
        _payload.GetBuffer().AsSpan(0, (int)_payload.Length).CopyTo(frame.AsSpan(9));
        output.Write(frame);
    }

    /// <summary>The next message, or null when the other end is gone.</summary>
    public static GuardianMessage? Read(Stream input)
    {
        byte[] head = new byte[9];
        try
        {
            if (input.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            {
                return null;
            }
            int length = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length is < 5 or > MaxLength)
            {
                return null;
            }
            byte[] payload = new byte[length - 5];
            return input.ReadAtLeast(payload, payload.Length, throwOnEndOfStream: false) < payload.Length ? null
                : new((MessageKind)head[4], BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(5)), payload);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null;
        }
    }
}
