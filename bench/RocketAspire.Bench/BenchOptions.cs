using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Bench;

/// <summary>What a sender does between two messages.</summary>
internal enum SendMode
{
    /// <summary>It waits for the answer.</summary>
    Sync,

    /// <summary>It keeps several messages under way.</summary>
    Async,

    /// <summary>It asks for no answer: what is counted has only been handed to the system.</summary>
    Oneway,
}

/// <summary>What one run measures.</summary>
internal sealed record BenchOptions
{
    public const int LargestBody = 4 * 1024 * 1024;

    public IReadOnlyList<string> NameServers { get; init; } = ["127.0.0.1:9876"];

    /// <summary>Send and receive there by gRPC, as <c>host:port</c>; null: by remoting.</summary>
    public string? Proxy { get; init; }

    public string Topic { get; init; } = "RocketAspireBench";

    /// <summary>Queues on each broker group of a topic that has to be created.</summary>
    public int Queues { get; init; } = 8;

    /// <summary>Body in bytes.</summary>
    public int Size { get; init; } = 1024;

    public int Senders { get; init; } = 64;

    public int Seconds { get; init; } = 30;

    /// <summary>Seconds of load before anything is counted.</summary>
    public int Warmup { get; init; }

    public SendMode Mode { get; init; }

    /// <summary>Messages that each sender keeps under way with <see cref="SendMode.Async"/>.</summary>
    public int InFlight { get; init; } = 16;

    /// <summary>Messages a second of all senders together; 0: as many as go.</summary>
    public int Rate { get; init; }

    public bool Consume { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How the headers are written; Apache's own benchmark writes the binary ones.</summary>
    public SerializeType Headers { get; init; } = SerializeType.RocketMQ;

    public string? JsonFile { get; init; }

    public bool Help { get; init; }

    /// <summary>Sends under way at once.</summary>
    public int Lanes => Mode == SendMode.Async ? Senders * InFlight : Senders;

    public string ModeName => Mode.ToString().ToLowerInvariant();
}
