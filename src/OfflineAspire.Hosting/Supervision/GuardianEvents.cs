using System.Text;

namespace OfflineAspire;

internal enum GuardianEventKind
{
    Command,
    AppHostGone,
    ChildExited,
    Line,
    StreamEnded,
}

/// <param name="Kind">What happened.</param>
/// <param name="Id">The group; of <see cref="GuardianEventKind.ChildExited"/> the process.</param>
internal sealed record GuardianEvent(GuardianEventKind Kind, int Id)
{
    public GuardianMessage? Message { get; init; }

    public ExitStatus Status { get; init; }

    public byte[] Line { get; init; } = [];

    public bool IsError { get; init; }
}

/// <summary>The guardian's inbox. Lines wait when too many are on their way, so that memory stays bounded; nothing else ever waits.</summary>
internal sealed class GuardianEvents
{
    private const int MaxLines = 1_024;

    private readonly Queue<GuardianEvent> _queue = new();
    private readonly object _gate = new();
    private int _lines;

    public void Add(GuardianEvent e)
    {
        lock (_gate)
        {
            if (e.Kind == GuardianEventKind.Line)
            {
                while (_lines >= MaxLines)
                {
                    Monitor.Wait(_gate);
                }
                _lines++;
            }
            _queue.Enqueue(e);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The next event, or null after the time is over.</summary>
    /// <param name="timeoutMs">How long to wait, ms.</param>
    /// <param name="beforeWaiting">Called once when nothing is there yet.</param>
    public GuardianEvent? Take(int timeoutMs, Action beforeWaiting)
    {
        bool isEmpty;
        lock (_gate)
        {
            isEmpty = _queue.Count == 0;
        }
        if (isEmpty)
        {
            beforeWaiting();
        }
        lock (_gate)
        {
            if (_queue.Count == 0 && !Monitor.Wait(_gate, timeoutMs))
            {
                return null;
            }
            if (!_queue.TryDequeue(out GuardianEvent? e))
            {
                return null;
            }
            if (e.Kind == GuardianEventKind.Line)
            {
                _lines--;
                Monitor.PulseAll(_gate);
            }
            return e;
        }
    }
}

/// <summary>Cuts a stream into lines on a thread of its own.</summary>
internal static class LineReader
{
    /// <summary>Bytes; a longer line is passed on in pieces.</summary>
    public const int MaxLine = 16 * 1024;

    public static void Start(Stream stream, int id, bool isError, GuardianEvents events) =>
        new Thread(() => Run(stream, id, isError, events), 128 * 1024) { IsBackground = true, Name = $"output {id}" }.Start();

    public static void Run(Stream stream, int id, bool isError, GuardianEvents events)
    {
        byte[] buffer = new byte[MaxLine];
        int filled = 0;
        try
        {
            using (stream)
            {
                int read;
                while ((read = stream.Read(buffer, filled, buffer.Length - filled)) > 0)
                {
                    filled = Cut(buffer, filled + read, id, isError, events);
                }
            }
        }
        catch (IOException)
        {
            // The writer's end broke; what was read so far still counts.
        }
        if (filled > 0)
        {
            Emit(buffer.AsSpan(0, filled), id, isError, events);
        }
        events.Add(new(GuardianEventKind.StreamEnded, id));
    }

    // Sends the whole lines of buffer[0..filled), moves the rest to the front and returns its length.
    private static int Cut(byte[] buffer, int filled, int id, bool isError, GuardianEvents events)
    {
        int start = 0;
        int end;
        while ((end = Array.IndexOf(buffer, (byte)'\n', start, filled - start)) >= 0)
        {
            Emit(buffer.AsSpan(start, end - start), id, isError, events);
            start = end + 1;
        }
        if (start == 0 && filled == buffer.Length)
        {
            start = CharacterBoundary(buffer);
            Emit(buffer.AsSpan(0, start), id, isError, events);
        }
        Buffer.BlockCopy(buffer, start, buffer, 0, filled - start);
        return filled - start;
    }

    // The end of the last whole UTF-8 character.
    private static int CharacterBoundary(byte[] buffer)
    {
        int end = buffer.Length;
        while (end > buffer.Length - 4 && (buffer[end - 1] & 0xC0) == 0x80)
        {
            end--;
        }
        return Rune.DecodeFromUtf8(buffer.AsSpan(end - 1), out _, out _) == System.Buffers.OperationStatus.Done ? buffer.Length : end - 1;
    }

    private static void Emit(ReadOnlySpan<byte> line, int id, bool isError, GuardianEvents events) =>
        events.Add(new(GuardianEventKind.Line, id) { Line = line.TrimEnd((byte)'\r').ToArray(), IsError = isError });
}
