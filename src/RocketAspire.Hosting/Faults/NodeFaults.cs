using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace RocketAspire.Hosting.Faults;

/// <summary>Which way, seen from the node that is told.</summary>
public enum FaultDirection
{
    Both,

    /// <summary>What comes to the node.</summary>
    In,

    /// <summary>What goes out from it.</summary>
    Out,
}

/// <summary>
/// What a test can do to one broker of the embedded engine while it runs; all of it ends with the broker's process. It reaches the
/// broker through a Unix socket in its store's folder that only this user may open.
/// </summary>
public sealed class NodeFaults
{
    /// <summary>As a peer: every other node of the group.</summary>
    public const string AllPeers = "*";

    /// <summary>As a peer: the name servers.</summary>
    public const string NameServers = "namesrv";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly string _node;
    private readonly string _socketPath;

    internal NodeFaults(string node, string socketPath)
    {
        _node = node;
        _socketPath = socketPath;
    }

    /// <summary>Keeps the node apart from its peers: what is on its way stays there, as in a network that was parted.</summary>
    /// <param name="peer">A peer's <see cref="IRocketMQNode.PeerName"/>, <see cref="NameServers"/>, or <see cref="AllPeers"/>.</param>
    /// <param name="direction">Seen from this node.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task IsolateAsync(string peer = AllPeers, FaultDirection direction = FaultDirection.Both, CancellationToken cancellationToken = default) =>
        SendAsync(Command("isolate", ("peer", peer), ("direction", direction switch { FaultDirection.In => "in", FaultDirection.Out => "out", _ => "both" })), cancellationToken);

    /// <summary>What goes out to the peer comes so much later.</summary>
    public Task DelayAsync(TimeSpan by, string peer = AllPeers, CancellationToken cancellationToken = default) =>
        SendAsync(Command("delay", ("peer", peer), ("ms", (int)by.TotalMilliseconds)), cancellationToken);

    /// <summary>Of a hundred pieces that go out to the peer so many are lost.</summary>
    public Task DropAsync(double percent, string peer = AllPeers, CancellationToken cancellationToken = default) =>
        SendAsync(Command("drop", ("peer", peer), ("percent", percent)), cancellationToken);

    /// <summary>Of a hundred pieces that go out to the peer so many are sent twice.</summary>
    public Task DuplicateAsync(double percent, string peer = AllPeers, CancellationToken cancellationToken = default) =>
        SendAsync(Command("duplicate", ("peer", peer), ("percent", percent)), cancellationToken);

    /// <summary>The network between nodes is as it should be again; what was held back arrives.</summary>
    public Task HealAsync(CancellationToken cancellationToken = default) => SendAsync("""{"heal":true}""", cancellationToken);

    /// <summary>Each flush takes so much longer; zero ends it.</summary>
    public Task SlowDiskAsync(TimeSpan flush, CancellationToken cancellationToken = default) =>
        SendAsync(Command("disk", ("slowMs", (int)flush.TotalMilliseconds)), cancellationToken);

    /// <summary>Whether the disk is full.</summary>
    public Task FullDiskAsync(bool isFull = true, CancellationToken cancellationToken = default) => SendAsync(Command("disk", ("full", isFull)), cancellationToken);

    /// <summary>Whether each flush fails; once one has, the broker stores nothing more until it is started anew.</summary>
    public Task FailFlushAsync(bool fails = true, CancellationToken cancellationToken = default) => SendAsync(Command("disk", ("failFlush", fails)), cancellationToken);

    /// <summary>The disk is as it should be again.</summary>
    public Task HealDiskAsync(CancellationToken cancellationToken = default) =>
        SendAsync(Command("disk", ("slowMs", 0), ("full", false), ("failFlush", false)), cancellationToken);

    /// <summary>The broker's time of day is off by so much from the machine's.</summary>
    public Task ShiftClockAsync(TimeSpan offset, CancellationToken cancellationToken = default) =>
        SendAsync(Command("clock", ("offsetMs", (long)offset.TotalMilliseconds)), cancellationToken);

    /// <summary>Sends one line of fault control's own language, such as <c>{"status":true}</c>.</summary>
    /// <returns>The broker's answer: what is in force then.</returns>
    /// <exception cref="InvalidOperationException">The broker doesn't answer or says no; one line tells which.</exception>
    public async Task<string> SendAsync(string command, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), limit.Token).ConfigureAwait(false);
            using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ReplaceLineEndings(" ") + "\n"), limit.Token).ConfigureAwait(false);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var answer = await reader.ReadLineAsync(limit.Token).ConfigureAwait(false) ?? throw new IOException("the connection was closed");
            return ErrorOf(answer) is { } error ? throw new InvalidOperationException($"{_node}: {error}") : answer;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new InvalidOperationException($"{_node}: fault control can't be reached at {_socketPath}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{_node}: fault control did not answer within {Limit.TotalSeconds:0} s; is the process paused?", e);
        }
    }

    private static string? ErrorOf(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.TryGetProperty("error", out var error) ? error.GetString() : null;
    }

    private static string Command(string name, params ReadOnlySpan<(string Name, object Value)> fields)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\"{name}\":{{");
        foreach (var (field, value) in fields)
        {
            if (text[^1] != '{') text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"\"{field}\":{(value switch { string s => $"\"{JsonEncodedText.Encode(s)}\"", bool b => b ? "true" : "false", var number => number })}");
        }

        return text.Append("}}").ToString();
    }
}
