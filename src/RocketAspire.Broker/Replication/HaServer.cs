using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>The HA port of a master: takes slaves in, ours with a ticket and Apache's without, and streams to them.</summary>
internal sealed class HaServer(
    MessageStore store, ReplicationOptions options, SlaveTickets tickets, SlaveAcks acks, IHaServerOwner owner, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private const int Backlog = 64;
    private const int MaxConnections = 64;

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly Lock _lock = new();

    // By slave: a second connection of the same slave ends the first, which the slave must have given up.
    private readonly Dictionary<long, HaConnection> _connections = [];
    private readonly HashSet<Task> _running = [];
    private long _plainSlaves;

    public int Port { get; private set; }

    /// <summary>Binds the port. Slaves may connect, but are served only after <see cref="Accept"/>.</summary>
    /// <exception cref="RemotingBindException">One line with the address and the setting.</exception>
    public void Listen()
    {
        foreach (var endpoint in options.HaListen)
        {
            var listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _listeners.Add(listener);
            try
            {
                if (endpoint.Address.Equals(IPAddress.IPv6Any))
                {
                    listener.DualMode = true;
                }
                listener.Bind(endpoint);
                listener.Listen(Backlog);
            }
            catch (SocketException e)
            {
                throw new RemotingBindException(endpoint, $"{e.Message} (haListenPort, listenPort + 1 unless it is set)", e);
            }
            var bound = (IPEndPoint)listener.LocalEndPoint!;
            Port = Port == 0 ? bound.Port : Port;
            ReplicationLog.Listening(logger, bound.ToString());
        }
    }

    public void Accept() => _accepting.AddRange(_listeners.Select(listener => Task.Run(() => AcceptAsync(listener))));

    /// <summary>The slaves that are connected now.</summary>
    public IReadOnlyList<HaConnectionInfo> Status()
    {
        lock (_lock)
        {
            var end = store.MaxPhysicalOffset;
            return [.. _connections.Values.Select(c => new HaConnectionInfo(
                c.RemoteAddress, c.AckedOffset, end - c.AckedOffset, end - c.AckedOffset < options.HaSlaveFallbehindMaxBytes, c.Rate.PerSecond, c.SentTo))];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }
        await Task.WhenAll(_accepting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                socket.NoDelay = true;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // One that went away before it was taken in, or no descriptors left: neither ends the listening.
                ReplicationLog.HaRefused(logger, "?", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50), time).ConfigureAwait(false);
                continue;
            }
            Run(socket);
        }
    }

    private void Run(Socket socket)
    {
        lock (_lock)
        {
            if (_running.Count >= MaxConnections)
            {
                ReplicationLog.HaRefused(logger, socket.RemoteEndPoint?.ToString() ?? "?", $"there are already {MaxConnections} HA connections");
                socket.Dispose();
                return;
            }
            var task = Task.Run(() => ServeAsync(socket));
            _running.Add(task);
            task.ContinueWith(
                ended =>
                {
                    lock (_lock)
                    {
                        _running.Remove(ended);
                    }
                },
                CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var remote = socket.RemoteEndPoint as IPEndPoint;
        using var stream = options.Network.Accept(socket, PeerNetwork.Unknown);
        using var connection = new HaConnection(stream, remote, store, options, time);
        try
        {
            if (await GreetAsync(connection).ConfigureAwait(false) is { } slave)
            {
                if (slave.Id > 0)
                {
                    await options.Network.IdentifyAsync(stream, HandshakeRequest.Number(slave.Id), _stopping.Token).ConfigureAwait(false);
                }
                await StreamAsync(connection, slave).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException { InnerException: SocketException } or OperationCanceledException or ObjectDisposedException)
        {
            // It left, or fell silent, before it said where to begin.
        }
    }

    /// <summary>Reads who the slave is and where it begins; null when it isn't to be served.</summary>
    private async Task<Greeting?> GreetAsync(HaConnection connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, options.HaHousekeepingInterval, Timeout.InfiniteTimeSpan);
        if (await connection.ReadReportAsync(limit.Token).ConfigureAwait(false) is not { } first)
        {
            return null;
        }
        if (first < 0)
        {
            if (!tickets.TryUse(first, out var slaveId, out var offset)
                || await connection.ReadReportAsync(limit.Token).ConfigureAwait(false) != offset)
            {
                ReplicationLog.HaRefused(logger, connection.RemoteAddress, "its ticket is unknown or too old");
                return null;
            }
            return new(slaveId, offset, offset);
        }
        var max = store.MaxPhysicalOffset;
        if (first > max)
        {
            ReplicationLog.HaRefused(logger, connection.RemoteAddress, $"it reports offset {first}, this log ends at {max}");
            return null;
        }
        if (first == 0 && !owner.IsOpen && !await StaysEmptyAsync(connection, limit.Token).ConfigureAwait(false))
        {
            ReplicationLog.HaRefused(logger, connection.RemoteAddress, "it said that it holds nothing, but did not go on saying so");
            return null;
        }
        var id = -Interlocked.Increment(ref _plainSlaves);
        // Before the master may open for writes because of this slave: its first writer is not to be told that there is none.
        acks.Expect(id, first);
        await owner.OnPlainSlaveAsync(PlainIdentity(connection.RemoteHost), first).ConfigureAwait(false);
        var from = first == 0 ? HaWire.StartForEmptyPlainSlave(store.MinPhysicalOffset, store.MaxPhysicalOffset, options.CommitLogFileSizeBytes) : first;
        return new(id, from, first);
    }

    /// <summary>
    /// To a master that may have lost everything, "I hold nothing" from the only slave means that this is a new group. It is
    /// also what anybody's zeros say; Apache's slaves say it again every 5 s.
    /// </summary>
    private async Task<bool> StaysEmptyAsync(HaConnection connection, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < options.EmptySlaveStays)
        {
            if (await connection.ReadReportAsync(cancellationToken).ConfigureAwait(false) != 0)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Who a plain slave is as a witness: its host, since the same slave may connect many times.</summary>
    private static long PlainIdentity(IPAddress? host) => -1L - (uint)(host?.GetHashCode() ?? 0);

    private async Task StreamAsync(HaConnection connection, Greeting slave)
    {
        lock (_lock)
        {
            if (_connections.TryGetValue(slave.Id, out var older))
            {
                older.Close("the slave connected anew");
            }
            _connections[slave.Id] = connection;
        }
        ReplicationLog.SlaveConnected(logger, slave.Id, connection.RemoteAddress, slave.From);
        await owner.OnSlaveStreamingAsync(slave.Id, _stopping.Token).ConfigureAwait(false);
        acks.OnAck(slave.Id, slave.Acked);
        var reason = await connection.StreamAsync(slave.From, slave.Acked, offset => OnAck(slave.Id, connection, offset), _stopping.Token).ConfigureAwait(false);
        lock (_lock)
        {
            if (_connections.GetValueOrDefault(slave.Id) == connection)
            {
                _connections.Remove(slave.Id);
                acks.OnSlaveGone(slave.Id);
            }
        }
        ReplicationLog.SlaveGone(logger, slave.Id, connection.RemoteAddress, connection.AckedOffset, reason);
    }

    private void OnAck(long slaveId, HaConnection connection, long offset)
    {
        // Not from a connection that has been replaced: its slave speaks on the newer one.
        if (_connections.GetValueOrDefault(slaveId) == connection)
        {
            acks.OnAck(slaveId, offset);
        }
    }

    private readonly record struct Greeting(long Id, long From, long Acked);
}

/// <summary>What the HA port tells its master about.</summary>
internal interface IHaServerOwner
{
    /// <summary>It takes writes: no slave's word is needed any more.</summary>
    bool IsOpen { get; }

    /// <summary>A slave that can't compare histories holds the log up to the offset, which this log has as well.</summary>
    ValueTask OnPlainSlaveAsync(long slaveId, long reportedOffset);

    ValueTask OnSlaveStreamingAsync(long slaveId, CancellationToken cancellationToken);
}
