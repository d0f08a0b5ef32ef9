using System.Net.Sockets;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

/// <summary>For tests that measure the memory of the process: nothing runs beside them.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class SlowConsumerTests
{
    private const int Pulls = 2000;
    private const int AnswerBytes = 256 * 1024;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Half a gigabyte of answers is asked for and not read.</summary>
    [Fact]
    public async Task A_consumer_that_asks_and_does_not_read_costs_little_memory_and_gets_all_when_it_reads()
    {
        await using var broker = await TestBroker.StartAsync();
        for (var i = 0; i < 32; i++) await broker.SentAsync("orders", new string('x', AnswerBytes / 32));
        await broker.ArrivedAsync("orders", 30);
        using var slow = new TcpClient();
        await slow.ConnectAsync(broker.Node.Endpoint, Ct);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // The broker stops reading when too much is unsent: then this waits too.
        var asking = AskAsync(slow.GetStream());
        long most = 0;
        for (var i = 0; i < 50; i++)
        {
            await broker.PulledAsync("orders");
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.True(most < 32 * 1024 * 1024, $"{most:N0} bytes were held for one slow consumer");
        Assert.Equal(Pulls, await ReadAsync(slow.GetStream()));
        await asking;
        await Eventually.TrueAsync("its memory is free again", () => GC.GetTotalMemory(forceFullCollection: true) - before < 16 * 1024 * 1024);
    }

    private static async Task AskAsync(NetworkStream stream)
    {
        var writer = new RemotingFrameWriter();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        for (var i = 0; i < Pulls; i++)
        {
            output.ResetWrittenCount();
            var request = RemotingCommand.CreateRequest(RequestCode.PullMessage, TestBroker.PullHeader("orders").ToExtFields());
            request.Opaque = i;
            writer.Write(output, request);
            await stream.WriteAsync(output.WrittenMemory, Ct);
        }
    }

    private static async Task<int> ReadAsync(NetworkStream stream)
    {
        var found = 0;
        var prefix = new byte[8];
        var rest = new byte[AnswerBytes * 2];
        for (var i = 0; i < Pulls; i++)
        {
            await stream.ReadExactlyAsync(prefix, Ct);
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(prefix) - 4;
            await stream.ReadExactlyAsync(rest.AsMemory(0, length), Ct);
            if (length > AnswerBytes / 2) found++;
        }

        return found;
    }
}
