using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RocketAspire.Client;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Proxy;

/// <summary>A running proxy: gRPC towards clients of 5.x, remoting with pop towards the brokers of any RocketMQ cluster.</summary>
public sealed class ProxyNode : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(3);

    private readonly WebApplication _host;
    private readonly RocketMQConnection _connection;
    private readonly TlsServer? _tls;
    private readonly CancellationTokenSource _stopping;
    private readonly Task _background;
    private readonly ProxyMetrics _metrics;

    private ProxyNode(WebApplication host, RocketMQConnection connection, TlsServer? tls, CancellationTokenSource stopping, Task background, ProxyMetrics metrics, IPEndPoint endpoint)
    {
        _metrics = metrics;
        _host = host;
        _connection = connection;
        _tls = tls;
        _stopping = stopping;
        _background = background;
        Endpoint = endpoint;
    }

    /// <summary>Where it listens; port 0 has become a real one.</summary>
    public IPEndPoint Endpoint { get; }

    /// <exception cref="IOException">The port can't be had.</exception>
    /// <exception cref="InvalidDataException">A certificate can't be used; one line that names the file.</exception>
    /// <exception cref="ArgumentException">No name server is named.</exception>
    public static async Task<ProxyNode> StartAsync(ProxyOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var logger = loggerFactory.CreateLogger<ProxyNode>();
        var stopping = new CancellationTokenSource();
        var clients = new ClientTable(options);
        var names = new BrokerNames();
        var questions = new ClientQuestions(options.Time);
        var connection = Connect(options, loggerFactory, [
            new CheckTransactionStateProcessor(clients, names, options, logger),
            new GetConsumerRunningInfoProcessor(clients, questions, options),
            new ConsumeMessageDirectlyProcessor(clients, questions, options),
        ]);
        var tls = TlsServer.Create(options.Tls, options.Time, loggerFactory, protocol: SslApplicationProtocol.Http2);
        var cluster = new ClusterView(connection, options, names);
        var heartbeats = new ProducerHeartbeats(cluster, clients, options, logger);
        var renewal = new ReceiptRenewal(cluster, clients, new PoppedMessages(cluster, options), options, logger);
        var metrics = new ProxyMetrics(options, clients);
        var gate = new AccessGate(options.Access, logger);
        var host = CreateHost(options, loggerFactory, tls, new MessagingCalls(Table(cluster, clients, heartbeats, renewal, gate, questions, options), gate, metrics, logger, stopping.Token));
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            if (tls is not null) await tls.DisposeAsync().ConfigureAwait(false);
            metrics.Dispose();
            stopping.Dispose();
            throw;
        }

        var address = new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var endpoint = new IPEndPoint(options.Listen.Address, address.Port);
        Log.Listening(logger, endpoint.ToString());
        var background = Task.WhenAll(
            TellIfAloneAsync(cluster, options, logger, stopping.Token),
            EveryAsync(options, options.ProducerHeartbeatInterval, heartbeats.TellAsync, logger, stopping.Token),
            EveryAsync(options, options.RenewInterval, renewal.RunAsync, logger, stopping.Token),
            EveryAsync(options, ConsumerHeartbeats.Step, new ConsumerHeartbeats(cluster, clients, options, logger).RunAsync, logger, stopping.Token),
            EveryAsync(options, options.ClientTimeout / 10, _ => Sweep(clients), logger, stopping.Token));
        return new ProxyNode(host, connection, tls, stopping, background, metrics, endpoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _host.StopAsync().ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
        await _background.ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        if (_tls is not null) await _tls.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private static RocketMQConnection Connect(ProxyOptions options, ILoggerFactory loggerFactory, IRequestProcessor[] callbacks) => new(
        new RocketMQClientOptions
        {
            NameServers = options.NameServers,
            RequestTimeout = options.SendTimeout,
            RouteMaxAge = options.MetadataMaxAge,
            Credentials = options.Credentials,
            // Every broker reads both; these cost both sides less.
            SerializeType = SerializeType.RocketMQ,
            Tls = TlsClient.Create(options.Tls),
            Time = options.Time,
        },
        loggerFactory,
        callbacks);

    private static CallTable Table(ClusterView cluster, ClientTable clients, ProducerHeartbeats heartbeats, ReceiptRenewal renewal, AccessGate gate, ClientQuestions questions, ProxyOptions options)
    {
        var popped = new PoppedMessages(cluster, options);
        var routes = new QueryRouteCall(cluster, options);
        return new(
            routes, new QueryAssignmentCall(cluster, routes), new SendMessageCall(cluster, new MessageRouter(cluster, options), clients, heartbeats, options),
            new ReceiveMessageCall(cluster, clients, popped, renewal, options), new AckMessageCall(popped, renewal), new ChangeInvisibleDurationCall(popped, renewal),
            new ForwardMessageToDeadLetterQueueCall(popped, renewal), new EndTransactionCall(cluster, options), new RecallMessageCall(cluster, options),
            new HeartbeatCall(clients), new NotifyClientTerminationCall(clients), new TelemetryCall(cluster, clients, heartbeats, gate, questions, options));
    }

    private static WebApplication CreateHost(ProxyOptions options, ILoggerFactory loggerFactory, TlsServer? tls, MessagingCalls calls)
    {
        // Empty: the other ones watch the working folder for changed settings, and that is where brokers keep their stores.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "RocketAspire.Proxy" });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = StopGrace);
        builder.Services.AddSingleton(calls);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxRequestBytes;
            grpc.MaxSendMessageSize = null;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // With TLS below, the client says https where HTTP/2 sees a plain connection.
            kestrel.AllowAlternateSchemes = true;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 4096;
            // A client whose machine is gone says nothing: its streams end when a ping isn't answered.
            kestrel.Limits.Http2.KeepAlivePingDelay = options.PingInterval;
            kestrel.Limits.Http2.KeepAlivePingTimeout = options.PingInterval;
            kestrel.Listen(options.Listen, listen => Configure(listen, tls is null ? null : new FirstByteTls(tls, loggerFactory.CreateLogger<FirstByteTls>())));
        });
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<MessagingCalls>();
        return app;
    }

    private static void Configure(ListenOptions listen, FirstByteTls? firstByte)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (firstByte is not null) listen.Use(next => connection => firstByte.RunAsync(connection, next));
    }

    /// <summary>A wrong address is told at once, not by the first client.</summary>
    private static async Task TellIfAloneAsync(ClusterView cluster, ProxyOptions options, ILogger logger, CancellationToken stopping)
    {
        try
        {
            if ((await cluster.MastersAsync(stopping).ConfigureAwait(false)).Count == 0) Log.NoMaster(logger, string.Join(';', options.NameServers));
        }
        catch (Exception e) when (Failures.IsOfCluster(e) || e is OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested) Log.NoNameServer(logger, string.Join(';', options.NameServers), e.Message.ReplaceLineEndings(" "));
        }
    }

    private static Task Sweep(ClientTable clients)
    {
        clients.Sweep();
        return Task.CompletedTask;
    }

    private static async Task EveryAsync(ProxyOptions options, TimeSpan interval, Func<CancellationToken, Task> work, ILogger logger, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(interval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                try
                {
                    await work(stopping).ConfigureAwait(false);
                }
                catch (Exception e) when (!stopping.IsCancellationRequested)
                {
                    Log.BackgroundFailed(logger, e.Message.ReplaceLineEndings(" "), e);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }
}
