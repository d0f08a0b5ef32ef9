using System.Buffers;
using BenchmarkDotNet.Attributes;
using RocketAspire.Client;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Benchmarks;

/// <summary>What a producer does with a message before it is on its way: checks, id, properties, header, frame.</summary>
[MemoryDiagnoser]
public class ProducerBenchmarks
{
    private const int Batch = 32;

    private readonly RemotingFrameWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _output = new(256 * 1024);
    private readonly MessageQueue _queue = new("BenchmarkTest", "broker-a", 3);
    private readonly RocketMQMessage _message = new("BenchmarkTest", new byte[1024]) { Tag = "TagA", Keys = ["order-4711"] };
    private RocketMQMessage[] _batch = [];
    private RocketMQClientOptions _options = null!;
    private MessagePacker _packer = null!;

    [Params(SerializeType.Json, SerializeType.RocketMQ)]
    public SerializeType Headers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _batch = [.. Enumerable.Repeat(_message, Batch)];
        _options = new RocketMQClientOptions { NameServers = ["127.0.0.1:9876"], SerializeType = Headers };
        _packer = new MessagePacker(new RocketMQProducerOptions { Group = "benchmark_producer" }, new UniqueIds(TimeProvider.System));
    }

    [Benchmark]
    public int One() => Write(_packer.Pack(_message));

    /// <summary>Counted by message.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int OfABatch() => Write(_packer.Pack(_batch));

    private int Write(OutgoingMessage message)
    {
        _output.ResetWrittenCount();
        return _writer.Write(_output, message.ToRequest("benchmark_producer", _queue, 4, _options));
    }
}

/// <summary>What a consumer does with a pull's answer but for the handler: frame, records, messages, their queue, progress. Counted by message.</summary>
[MemoryDiagnoser]
public class ConsumerBenchmarks
{
    private const int Pulled = 32;

    private readonly RemoteProgress _progress = new();
    private byte[] _frame = [];

    [GlobalSetup]
    public void Setup()
    {
        var records = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Pulled; i++) records.Advance(MessageRecordCodec.Encode(Samples.Record(), records.GetSpan(4096)));
        var answer = new RemotingCommand
        {
            Code = ResponseCode.Success,
            Body = records.WrittenMemory,
            ExtFields = new() { { "suggestWhichBrokerId", "0" }, { "nextBeginOffset", $"{Pulled}" }, { "minOffset", "0" }, { "maxOffset", $"{Pulled}" } },
        };
        var output = new ArrayBufferWriter<byte>();
        new RemotingFrameWriter().Write(output, answer);
        _frame = output.WrittenSpan.ToArray();
    }

    [Benchmark(OperationsPerInvoke = Pulled)]
    public long FromFrameToProgress()
    {
        ReadOnlySpan<byte> bytes = _frame;
        RemotingFrame.TryRead(ref bytes, out var answer);
        var result = MessagePuller.Read("127.0.0.1:10911", answer!);
        var messages = new List<RocketMQReceivedMessage>(result.Messages.Count);
        foreach (var record in result.Messages) messages.Add(new RocketMQReceivedMessage(record, "broker-a"));
        var queue = new ConsumerQueue(new MessageQueue("BenchmarkTest", "broker-a", 0));
        queue.MoveTo(0);
        queue.Put(0, messages, result.NextBeginOffset);
        for (var taken = queue.Take(1, exclusively: false); taken.Count > 0; taken = queue.Take(1, exclusively: false))
        {
            queue.Finish(taken, _progress);
            queue.Ended();
        }

        return _progress.Last;
    }

    private sealed class RemoteProgress : IOffsetStore
    {
        public long Last { get; private set; }

        public ValueTask<long> LoadAsync(MessageQueue queue, CancellationToken cancellationToken) => new(0);

        public void Note(MessageQueue queue, long offset) => Last = offset;

        public long Noted(MessageQueue queue) => Last;

        public ValueTask PersistAsync(IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken) => default;

        public void Forget(MessageQueue queue)
        {
        }
    }
}
