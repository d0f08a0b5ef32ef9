using System.Buffers;
using BenchmarkDotNet.Attributes;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Benchmarks;

/// <summary>Frames of a send request, in both ways of writing headers.</summary>
[MemoryDiagnoser]
public class FrameCodecBenchmarks
{
    private readonly RemotingFrameWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private RemotingCommand _request = null!;
    private byte[] _frame = null!;

    [Params(SerializeType.Json, SerializeType.RocketMQ)]
    public SerializeType Headers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _request = Samples.SendRequest(Headers);
        WriteFrame();
        _frame = _output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int WriteFrame()
    {
        _output.ResetWrittenCount();
        return _writer.Write(_output, _request);
    }

    [Benchmark]
    public RemotingCommand ReadFrame()
    {
        ReadOnlySpan<byte> bytes = _frame;
        RemotingFrame.TryRead(ref bytes, out var command);
        return command!;
    }

    [Benchmark]
    public SendMessageRequestHeader ReadHeader()
    {
        SendMessageRequestHeader.TryRead(_request, out var header, out _);
        return header;
    }
}

/// <summary>Records as the log and a pull's answer hold them.</summary>
[MemoryDiagnoser]
public class RecordCodecBenchmarks
{
    private readonly MessageRecord _record = Samples.Record();
    private readonly byte[] _bytes = new byte[4096];
    private int _size;

    [GlobalSetup]
    public void Setup() => _size = MessageRecordCodec.Encode(_record, _bytes);

    [Benchmark]
    public int Encode() => MessageRecordCodec.Encode(_record, _bytes);

    [Benchmark]
    public MessageRecord Decode()
    {
        MessageRecordCodec.TryDecode(_bytes.AsSpan(0, _size), out var record);
        return record!;
    }
}
