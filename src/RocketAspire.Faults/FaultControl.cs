using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Faults;

/// <summary>Takes <see cref="FaultCommands"/> on a Unix socket that only this user may open. There is none unless the node was started with fault control.</summary>
public sealed class FaultControl : IAsyncDisposable
{
    public const string SocketName = "fault.sock";

    private const int MaxLineBytes = 64 * 1024;

    private readonly Socket _listener;
    private readonly FaultCommands _commands;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    private FaultControl(Socket listener, string path, FaultSeams seams, ILogger logger)
    {
        _listener = listener;
        Path = path;
        _commands = new FaultCommands(seams);
        _logger = logger;
        _accepting = Task.Run(AcceptAsync);
    }

    public string Path { get; }

    /// <summary>Opens the socket; one that a killed process left is replaced, so the caller must hold the store's lock.</summary>
    /// <param name="path">The system takes about a hundred bytes at most.</param>
    /// <param name="seams">What the commands change.</param>
    /// <param name="logger">Told of each command.</param>
    /// <exception cref="IOException">The socket can't be had; one line says why.</exception>
    public static FaultControl Start(string path, FaultSeams seams, ILogger logger)
    {
        UnixDomainSocketEndPoint endpoint;
        try
        {
            endpoint = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new IOException(
                $"--fault-control: the socket's path {path} has {Encoding.UTF8.GetByteCount(path)} bytes, more than the system takes; name a shorter one: --fault-control=PATH");
        }

        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            File.Delete(path);
            listener.Bind(endpoint);
            // Before it listens: nobody can have come in.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen();
        }
        catch (Exception e) when (e is SocketException or UnauthorizedAccessException)
        {
            listener.Dispose();
            throw new IOException($"--fault-control: the socket {path} can't be opened: {e.Message}", e);
        }

        Log.Listening(logger, path);
        return new FaultControl(listener, path, seams, logger);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start replaces it.
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var buffer = new byte[MaxLineBytes];
            var length = 0;
            while (await stream.ReadAsync(buffer.AsMemory(length), _stopping.Token).ConfigureAwait(false) is > 0 and var read)
            {
                length += read;
                while (buffer.AsSpan(0, length).IndexOf((byte)'\n') is >= 0 and var end)
                {
                    var line = Encoding.UTF8.GetString(buffer, 0, end).Trim();
                    buffer.AsSpan(end + 1, length - end - 1).CopyTo(buffer);
                    length -= end + 1;
                    if (line.Length > 0) await stream.WriteAsync(Encoding.UTF8.GetBytes(Execute(line) + "\n"), _stopping.Token).ConfigureAwait(false);
                }

                // A line that doesn't end is none of ours.
                if (length == buffer.Length) return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller left, or the node stops.
        }
    }

    private string Execute(string line)
    {
        var answer = _commands.Execute(line);
        Log.Command(_logger, line, answer);
        return answer;
    }
}
