using System.Net;
using System.Net.Sockets;
using RocketAspire.Broker.Ha;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>One end of an HA socket, spoken byte by byte as Apache's brokers do.</summary>
internal sealed class HaStub(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    /// <summary>A slave's end.</summary>
    public static async Task<HaStub> ConnectAsync(int haPort)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, haPort), TestContext.Current.CancellationToken);
        return new(socket);
    }

    /// <summary>A master's listener.</summary>
    public static Socket Listen(int haPort)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, haPort));
        listener.Listen();
        return listener;
    }

    public async Task ReportAsync(long offset)
    {
        var report = new byte[HaWire.ReportSize];
        HaWire.WriteReport(report, offset);
        await _stream.WriteAsync(report, TestContext.Current.CancellationToken);
    }

    public async Task<long> ReadReportAsync()
    {
        var report = new byte[HaWire.ReportSize];
        await _stream.ReadExactlyAsync(report, TestContext.Current.CancellationToken);
        return HaWire.ReadReport(report);
    }

    public async Task<(long Offset, byte[] Bytes)> ReadTransferAsync()
    {
        var header = new byte[HaWire.TransferHeaderSize];
        await _stream.ReadExactlyAsync(header, TestContext.Current.CancellationToken);
        var (offset, size) = HaWire.ReadTransferHeader(header);
        var bytes = new byte[size];
        await _stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        return (offset, bytes);
    }

    public async Task SendTransferAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        var header = new byte[HaWire.TransferHeaderSize];
        HaWire.WriteTransferHeader(header, offset, bytes.Length);
        await _stream.WriteAsync(header, TestContext.Current.CancellationToken);
        await _stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>Nothing more comes from this end.</summary>
    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>True when the other end has closed.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _stream.Dispose();
}
