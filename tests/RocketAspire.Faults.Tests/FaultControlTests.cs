using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Faults.Tests;

public sealed class FaultControlTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FaultSeams _seams = new(new FileSystemDevice(), TimeProvider.System);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string SocketPath => _folder[FaultControl.SocketName];

    [Fact]
    public async Task Each_line_is_answered_by_one_however_it_is_cut_into_packets()
    {
        await using var control = Start();
        using var reader = await ConnectAsync();
        await reader.BaseStream.WriteAsync("{\"disk\":{\"full\":tr"u8.ToArray(), Ct);
        await reader.BaseStream.WriteAsync("ue}}\n\n{\"clock\":{\"offsetMs\":5}}\nnonsense\n"u8.ToArray(), Ct);
        Assert.StartsWith("""{"ok":true,"pid":""", await reader.ReadLineAsync(Ct), StringComparison.Ordinal);
        Assert.Contains("\"offsetMs\":5", await reader.ReadLineAsync(Ct), StringComparison.Ordinal);
        Assert.StartsWith("""{"ok":false,""", await reader.ReadLineAsync(Ct), StringComparison.Ordinal);
        Assert.True(_seams.Disk.IsFull);
    }

    [Fact]
    public async Task Only_its_user_may_open_it_and_it_goes_with_the_node()
    {
        await using (Start())
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
        }

        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task A_socket_that_a_killed_node_left_is_replaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Closing deletes the name it was bound to.
            dead.Bind(new UnixDomainSocketEndPoint(_folder["other"]));
            File.Move(_folder["other"], SocketPath);
        }

        Assert.True(File.Exists(SocketPath));
        await using var control = Start();
        using var reader = await ConnectAsync();
        await reader.BaseStream.WriteAsync("{\"status\":true}\n"u8.ToArray(), Ct);
        Assert.NotNull(await reader.ReadLineAsync(Ct));
    }

    [Fact]
    public void A_path_too_long_for_a_socket_is_told_with_the_way_out()
    {
        var path = _folder[new string('x', 120)];
        var e = Assert.Throws<IOException>(() => FaultControl.Start(path, _seams, NullLogger.Instance));
        Assert.Equal($"--fault-control: the socket's path {path} has {path.Length} bytes, more than the system takes; name a shorter one: --fault-control=PATH", e.Message);
    }

    [Fact]
    public async Task A_line_without_an_end_is_cut_off()
    {
        await using var control = Start();
        using var reader = await ConnectAsync();
        await reader.BaseStream.WriteAsync(new byte[64 * 1024], Ct);
        Assert.Null(await reader.ReadLineAsync(Ct));
    }

    public void Dispose() => _folder.Dispose();

    private FaultControl Start() => FaultControl.Start(SocketPath, _seams, NullLogger.Instance);

    private async Task<StreamReader> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Ct);
        return new StreamReader(new NetworkStream(socket, ownsSocket: true), Encoding.UTF8);
    }
}
