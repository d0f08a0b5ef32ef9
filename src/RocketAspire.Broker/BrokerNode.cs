using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Acl;
using RocketAspire.Broker.Ha;
using RocketAspire.Broker.Raft;
using RocketAspire.Remoting;
using RocketAspire.Remoting.Tls;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>A running broker: composes the parts, starts them in order and stops them in the opposite one.</summary>
public sealed class BrokerNode : IAsyncDisposable
{
    // VIP listeners take the traffic of old clients with the fast channel on.
    private const int VipPortDistance = 2;

    private readonly BrokerParts _parts;
    private readonly Stack<IAsyncDisposable> _started;
    private readonly TaskCompletionSource<string> _never = new();
    private int _disposed;

    private BrokerNode(BrokerParts parts, Stack<IAsyncDisposable> started)
    {
        _parts = parts;
        _started = started;
    }

    /// <summary>Who it is to others.</summary>
    public BrokerAddress Address => _parts.Address;

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => _parts.Listen;

    /// <summary>Completes when the first name server has taken it.</summary>
    public Task Registered => _parts.Registration.Registered;

    /// <summary>Topics, groups and offsets, for tests and for the process around it.</summary>
    public ReplicatedTables Tables => _parts.Tables;

    /// <summary>Its part in replication.</summary>
    public IReplication Replication => _parts.Replication;

    /// <summary>Completes, with the reason, when this node had to leave its DLedger group and should be stopped; never in other groups.</summary>
    public Task<string> Failed => (_parts.Replication as RaftReplication)?.Failed ?? _never.Task;

    /// <summary>How a node of a DLedger group stands in it; null in other groups.</summary>
    public RaftStatus? RaftStatus => (_parts.Replication as RaftReplication)?.Status;

    /// <summary>Its timed messages.</summary>
    public TimerMessageService Timers => _parts.Timers;

    /// <summary>The log.</summary>
    public MessageStore Store => _parts.Store;

    /// <summary>Makes its state instruments of the meter <see cref="BrokerTelemetry.Name"/>, until the result is disposed of.</summary>
    public IDisposable Measure() => new BrokerMetrics(_parts);

    /// <summary>Opens the store, binds the ports and registers in the background. When it returns, clients are served.</summary>
    /// <exception cref="StoreException">The store can't be opened; one line.</exception>
    /// <exception cref="RemotingBindException">A port is taken; one line.</exception>
    /// <exception cref="IOException">A folder can't be used.</exception>
    public static async Task<BrokerNode> StartAsync(
        BrokerOptions options, ILoggerFactory loggerFactory, TimeProvider time, IStorageDevice device, CancellationToken cancellationToken)
    {
        // A port of the system's choosing has no port two below that would be ours.
        var vip = options.ListenPort > VipPortDistance;
        if (options.ListenPort == 0) options = options with { ListenPort = FreePort(options.BindAddress), HaListenPort = FreePort(options.BindAddress) };
        var started = new Stack<IAsyncDisposable>();
        try
        {
            var parts = await BuildAsync(options, loggerFactory, time, device, started, cancellationToken).ConfigureAwait(false);
            await ServeAsync(parts, vip, loggerFactory, started, cancellationToken).ConfigureAwait(false);
            return new BrokerNode(parts, started);
        }
        catch
        {
            await StopAsync(started).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Signs off at the name servers, finishes requests in work, writes everything down.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) await StopAsync(_started).ConfigureAwait(false);
    }

    private static async Task<BrokerParts> BuildAsync(
        BrokerOptions options, ILoggerFactory loggerFactory, TimeProvider time, IStorageDevice device, Stack<IAsyncDisposable> started, CancellationToken cancellationToken)
    {
        var logger = loggerFactory.CreateLogger<BrokerNode>();
        var configuration = new BrokerConfiguration(options);
        var store = await MessageStore.OpenAsync(options.Store, device, time, loggerFactory, cancellationToken).ConfigureAwait(false);
        started.Push(store);
        var brokerTables = await BrokerTables.OpenAsync(configuration, store, device, time, loggerFactory, started, cancellationToken).ConfigureAwait(false);
        var tables = brokerTables.Live;
        var client = CreateClient(options, time, loggerFactory);
        started.Push(client);
        var replication = CreateReplication(options, client, store, brokerTables, device, time, loggerFactory);
        started.Push(replication);
        var address = CreateAddress(options);
        var stats = new BrokerStats(options.ClusterName, time);
        started.Push(stats);
        var counters = new BrokerCounters(stats);
        var disk = new DiskGauge(configuration, time, logger);
        started.Push(disk);
        var writer = new MessageWriter(store, replication, configuration, counters, disk, time, logger);
        var schedule = new ScheduleMessageService(store, writer, tables.DelayOffsets, new DelayLevels(options.Store.DelayLevelsMs), time, logger);
        started.Push(schedule);
        var timers = new TimerMessageService(store, writer, address, counters, time, logger);
        started.Push(timers);
        var producers = new ProducerTable(time);
        var checks = new TransactionCheckService(store, writer, tables, producers, configuration, time, logger);
        started.Push(checks);
        var cleaner = new StoreCleaner(store, disk, tables.Topics, configuration, time, logger);
        started.Push(cleaner);
        var acl = options.Acl is null ? null : AclStore.Open(options.Acl, time, logger);
        if (acl is not null) started.Push(acl);
        var holds = new PullHoldTable(time);
        started.Push(holds);
        return new BrokerParts
        {
            Address = address,
            Listen = new IPEndPoint(BrokerOptionsReader.Resolve(options.BrokerIP1) ?? IPAddress.Loopback, options.ListenPort),
            Client = client,
            Configuration = configuration,
            Store = store,
            Device = device,
            Time = time,
            Tables = tables,
            Commits = brokerTables.Commits,
            Metadata = brokerTables.Group,
            Producers = producers,
            Consumers = new ConsumerGroupTable(time),
            Locks = new QueueLockTable(time),
            Holds = holds,
            Counters = counters,
            Stats = stats,
            Writer = writer,
            Schedule = schedule,
            Timers = timers,
            TransactionChecks = checks,
            Disk = disk,
            Cleaner = cleaner,
            Replication = replication,
            Registration = new NameServerRegistration(client, address, brokerTables.Lasting.Topics, tables.Topics, replication, configuration, time, logger),
            Acl = acl,
            Logger = logger,
        };
    }

    /// <summary>It asks nobody but name servers and, on a slave, the master.</summary>
    private static RemotingClient CreateClient(BrokerOptions options, TimeProvider time, ILoggerFactory loggerFactory) => new(
        new RemotingClientOptions
        {
            Time = time,
            Network = options.PeerNetwork,
            Credentials = options.Credentials,
            Tls = options.Tls is { } towardsOthers ? TlsClient.Create(towardsOthers) : null,
            PeerOf = address => options.NameServers.Contains(address, StringComparer.Ordinal) ? PeerNetwork.NameServer : SlaveSession.MasterPeer,
        },
        loggerFactory);

    private static IReplication CreateReplication(
        BrokerOptions options, RemotingClient client, MessageStore store, BrokerTables tables, IStorageDevice device, TimeProvider time, ILoggerFactory loggerFactory) =>
        tables.Group is { } group
            ? RaftFactory.Create(options, store, group, device, time, loggerFactory)
            : Broker.Replication.Create(ReplicationSettings.From(options, client), store, tables.Live, client, device, time, loggerFactory);

    private static async Task ServeAsync(BrokerParts parts, bool vip, ILoggerFactory loggerFactory, Stack<IAsyncDisposable> started, CancellationToken cancellationToken)
    {
        var options = parts.Configuration.Current;
        var housekeeping = new ClientHousekeeping(parts.Producers, parts.Consumers, parts.Locks, parts.Tables.Groups, parts.Configuration, parts.Time);
        started.Push(housekeeping);
        started.Push(parts.Time.CreateTimer(
            static state =>
            {
                var (counters, time) = (((BrokerParts)state!).Counters, ((BrokerParts)state).Time);
                counters.TakeSample(time.GetUtcNow().ToUnixTimeMilliseconds(), DateOnly.FromDateTime(time.GetLocalNow().DateTime));
            },
            parts, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        parts.Store.Arrived += parts.Holds.OnArrived;
        parts.Store.Arrived += arrival =>
        {
            if (parts.Configuration.IsSlave) parts.Counters.Replicated(arrival);
        };
        var pop = await PopService.CreateAsync(parts, cancellationToken).ConfigureAwait(false);
        started.Push(pop);
        var tls = options.Tls is { } settings ? TlsServer.Create(settings, parts.Time, loggerFactory) : null;
        if (tls is not null) started.Push(tls);
        var guard = parts.Acl is null ? null : new AclGuard(parts.Acl);
        var table = RequestTable.Create(parts, pop);
        var dispatcher = new RequestDispatcher(table, parts.Logger, guard);
        var vipDispatcher = new RequestDispatcher(RequestTable.OnVipPort(table), parts.Logger, guard);
        var duties = LeaderDuties.Create(parts, ListenAsync, started);
        await parts.Replication.StartAsync(cancellationToken).ConfigureAwait(false);
        parts.TransactionChecks.Start();
        // The VIP port first: until both are bound nobody is served on the one that clients are told.
        if (vip) started.Push(await ListenOnVipPortAsync(new(options.BindAddress, options.ListenPort - VipPortDistance)).ConfigureAwait(false));
        started.Push(await ListenAsync(new(options.BindAddress, options.ListenPort), onVipPort: false).ConfigureAwait(false));
        parts.Schedule.Start();
        pop.Start();
        parts.Timers.Start();
        parts.Store.Retention.AddBound("timed messages", parts.Timers.NeedsFrom);
        parts.Store.Retention.AddBound("delayed messages", parts.Schedule.NeedsFrom);
        parts.Store.Retention.AddBound("open transactions", () => HalfMessages.NeedsFrom(parts.Store, parts.Tables.ConsumerOffsets));
        parts.Cleaner.Start();
        parts.Registration.Start();

        // Signed off first when stopping: clients look elsewhere before the port closes.
        started.Push(parts.Registration);
        if (duties is not null) started.Push(duties);

        async Task<RemotingServer> ListenOnVipPortAsync(IPEndPoint endpoint)
        {
            try
            {
                return await ListenAsync(endpoint, onVipPort: true).ConfigureAwait(false);
            }
            catch (RemotingBindException e)
            {
                throw new RemotingBindException(endpoint, $"{e.Reason}; it is this broker's VIP port (listenPort - {VipPortDistance})", e);
            }
        }

        async Task<RemotingServer> ListenAsync(IPEndPoint endpoint, bool onVipPort)
        {
            var server = await RemotingServer.StartAsync(
                [endpoint], onVipPort ? vipDispatcher : dispatcher, new RemotingServerOptions { Time = parts.Time, Network = options.PeerNetwork, Tls = tls }, loggerFactory, cancellationToken).ConfigureAwait(false);
            server.Closed += housekeeping.OnConnectionClosed;
            server.Closed += parts.Holds.RemoveConnection;
            server.Closed += pop.OnConnectionClosed;
            return server;
        }
    }

    private static BrokerAddress CreateAddress(BrokerOptions options)
    {
        var ip = BrokerOptionsReader.Resolve(options.BrokerIP1) ?? IPAddress.Loopback;
        var host = options.BrokerIP1.Contains(':') ? $"[{options.BrokerIP1}]" : options.BrokerIP1;
        // Messages are looked up by the address in their ids: that of a group outlives its leaders.
        return new BrokerAddress(
            options.ClusterName, options.BrokerName, options.BrokerId, $"{host}:{options.ListenPort}", options.Raft?.LeaderAddress ?? new IPEndPoint(ip, options.ListenPort));
    }

    private static int FreePort(IPAddress address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async ValueTask StopAsync(Stack<IAsyncDisposable> started)
    {
        while (started.TryPop(out var part)) await part.DisposeAsync().ConfigureAwait(false);
    }
}
