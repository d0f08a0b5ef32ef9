using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace RocketAspire.Chaos.Cluster;

/// <summary>Tells a broker what to suffer, through the socket that its <c>--fault-control</c> opened.</summary>
internal static class FaultSocket
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>False when the node isn't there to be told.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="command">One JSON object.</param>
    /// <exception cref="InvalidOperationException">The node didn't understand: this program and the server don't match.</exception>
    public static async Task<bool> TellAsync(string path, string command)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string? answer;
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token).ConfigureAwait(false);
            using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"), limit.Token).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            answer = await reader.ReadLineAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }

        if (answer is null) return false;
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("ok").GetBoolean() ? true : throw new InvalidOperationException($"{command}: {answer}");
    }
}
