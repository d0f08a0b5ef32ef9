using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Client.Callbacks;

namespace RocketAspire.Client;

/// <summary>
/// What producers and consumers of one process share: connections, routes, heartbeats, and the answers to what brokers ask. Each makes its own
/// unless it is given one; several may share one as long as their groups differ.
/// </summary>
public sealed class RocketMQClient : IAsyncDisposable
{
    private int _disposed;

    /// <param name="options">Addresses and times.</param>
    /// <param name="loggerFactory">Where to log; nowhere when null.</param>
    /// <exception cref="ArgumentException">No name server is named.</exception>
    public RocketMQClient(RocketMQClientOptions options, ILoggerFactory? loggerFactory = null)
    {
        LoggerFactory = loggerFactory ?? NullLoggerFactory.Instance;
        var logger = LoggerFactory.CreateLogger<RocketMQClient>();
        ClientId = CreateId(options.InstanceName);
        Groups = new ClientGroups();
        Replies = new PendingReplies(options.Time);
        Ids = new UniqueIds(options.Time);
        Connection = new RocketMQConnection(options, LoggerFactory, ClientCallbacks.Create(Groups, Replies, logger));
        Routes = new TopicRoutes(Connection, logger);
        Heartbeats = new Heartbeats(Connection, Routes, Groups, ClientId, logger);
    }

    /// <summary>As brokers and tools show it: address@process#time, Apache's form.</summary>
    public string ClientId { get; }

    public RocketMQConnection Connection { get; }

    internal ILoggerFactory LoggerFactory { get; }

    internal TopicRoutes Routes { get; }

    internal Heartbeats Heartbeats { get; }

    internal ClientGroups Groups { get; }

    internal PendingReplies Replies { get; }

    internal UniqueIds Ids { get; }

    internal TimeProvider Time => Connection.Options.Time;

    /// <summary>Its producers and consumers are disposed of before it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await Heartbeats.DisposeAsync().ConfigureAwait(false);
        await Routes.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    private static string CreateId(string? instanceName)
    {
        var instance = instanceName ?? string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}#{Nanoseconds()}");
        return $"{LocalAddress.V4}@{instance}";
    }

    private static long Nanoseconds() => System.Diagnostics.Stopwatch.GetTimestamp() * (1_000_000_000 / System.Diagnostics.Stopwatch.Frequency) + Random.Shared.Next(1000);
}
