using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.NameServer.Processors;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.NameServer;

/// <summary>A running name server.</summary>
public sealed class NameServerNode : IAsyncDisposable
{
    private readonly RemotingServer _server;
    private readonly RouteTable _routes;
    private readonly ITimer _scan;
    private readonly MinBrokerIdNotifier _notifier;
    private readonly TlsServer? _tls;

    private NameServerNode(RemotingServer server, RouteTable routes, ITimer scan, MinBrokerIdNotifier notifier, TlsServer? tls)
    {
        _server = server;
        _routes = routes;
        _scan = scan;
        _notifier = notifier;
        _tls = tls;
    }

    /// <summary>The first of the bound endpoints.</summary>
    public IPEndPoint Endpoint => _server.BoundEndpoints[0];

    public IReadOnlyList<IPEndPoint> BoundEndpoints => _server.BoundEndpoints;

    /// <exception cref="RemotingBindException">An endpoint can't be had.</exception>
    /// <exception cref="InvalidDataException">The KV configuration can't be read.</exception>
    public static async Task<NameServerNode> StartAsync(NameServerOptions options, ILoggerFactory loggerFactory, TimeProvider time, CancellationToken cancellationToken)
    {
        var logger = loggerFactory.CreateLogger<NameServerNode>();
        var kv = await KvConfigTable.LoadAsync(options.KvConfigPath, cancellationToken).ConfigureAwait(false);
        var settings = new SettingsTable(options);
        var routes = new RouteTable(time, options.HeartbeatTimeout, settings, logger);
        var notifier = new MinBrokerIdNotifier(loggerFactory, time, options.Tls is { } towardsBrokers ? TlsClient.Create(towardsBrokers) : null);
        routes.MinBrokerIdChanged += notifier.Notify;

        var dispatcher = new RequestDispatcher(Table(routes, kv, settings, logger), logger);
        var tls = options.Tls is { } settingsOfTls ? TlsServer.Create(settingsOfTls, time, loggerFactory) : null;
        var server = await RemotingServer.StartAsync(options.Listen, dispatcher, options.Remoting with { Time = time, Tls = tls }, loggerFactory, cancellationToken).ConfigureAwait(false);
        server.Closed += routes.ConnectionEnded;
        var scan = time.CreateTimer(static state => ((RouteTable)state!).RemoveExpired(), routes, options.ScanInterval, options.ScanInterval);
        Log.Ready(logger, string.Join(", ", server.BoundEndpoints));
        return new NameServerNode(server, routes, scan, notifier, tls);
    }

    public async ValueTask DisposeAsync()
    {
        // Brokers don't go because this name server does.
        _server.Closed -= _routes.ConnectionEnded;
        await _scan.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _notifier.DisposeAsync().ConfigureAwait(false);
        if (_tls is not null) await _tls.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>All that a name server answers.</summary>
    private static IRequestProcessor[] Table(RouteTable routes, KvConfigTable kv, SettingsTable settings, ILogger logger) =>
    [
        new PutKvConfigProcessor(kv),
        new GetKvConfigProcessor(kv),
        new DeleteKvConfigProcessor(kv),
        new GetKvListProcessor(kv),
        new RegisterBrokerProcessor(routes, kv, settings, logger),
        new UnregisterBrokerProcessor(routes),
        new QueryDataVersionProcessor(routes),
        new BrokerHeartbeatProcessor(routes),
        new GetBrokerMemberGroupProcessor(routes),
        new GetRouteInfoProcessor(routes, kv, settings),
        new GetClusterInfoProcessor(routes),
        new ChangeWritePermProcessor(routes, RequestCode.WipeWritePermOfBroker),
        new ChangeWritePermProcessor(routes, RequestCode.AddWritePermOfBroker),
        new GetAllTopicListProcessor(routes, settings),
        new GetSystemTopicListProcessor(routes),
        new GetTopicsByClusterProcessor(routes, settings),
        new DeleteTopicProcessor(routes),
        new RegisterTopicProcessor(routes),
        new GetUnitTopicListProcessor(RequestCode.GetUnitTopicList, routes, settings, static flag => (flag & TopicSysFlag.Unit) != 0),
        new GetUnitTopicListProcessor(RequestCode.GetHasUnitSubTopicList, routes, settings, static flag => (flag & TopicSysFlag.UnitSub) != 0),
        new GetUnitTopicListProcessor(RequestCode.GetHasUnitSubUnunitTopicList, routes, settings, static flag => (flag & (TopicSysFlag.Unit | TopicSysFlag.UnitSub)) == TopicSysFlag.UnitSub),
        new UpdateConfigProcessor(settings, logger),
        new GetConfigProcessor(settings),
    ];
}
