using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting.Tests;

/// <summary>A server on a free port of 127.0.0.1 and a client of it.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    public const int Echo = 9001;

    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private Loopback(RemotingServer server, RemotingClient client)
    {
        Server = server;
        Client = client;
    }

    public RemotingServer Server { get; }

    public RemotingClient Client { get; }

    public IPEndPoint Endpoint => Server.BoundEndpoints[0];

    public string Address => Endpoint.ToString();

    public static async Task<Loopback> StartAsync(
        IEnumerable<IRequestProcessor>? processors = null,
        RemotingServerOptions? server = null,
        RemotingClientOptions? client = null,
        IEnumerable<IRequestProcessor>? callbacks = null)
    {
        var dispatcher = new RequestDispatcher(processors ?? [new Processor(Echo, static request => request.CreateResponse(ResponseCode.Success, body: request.Body))], NullLogger.Instance);
        var started = await RemotingServer.StartAsync([new IPEndPoint(IPAddress.Loopback, 0)], dispatcher, server ?? new(), NullLoggerFactory.Instance, CancellationToken.None);
        return new Loopback(started, new RemotingClient(client ?? new(), NullLoggerFactory.Instance, callbacks));
    }

    public ValueTask<RemotingCommand> InvokeAsync(RemotingCommand request, TimeSpan? timeout = null) =>
        Client.InvokeAsync(Address, request, timeout ?? Long, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}

/// <summary>A processor made of a function.</summary>
internal sealed class Processor : IRequestProcessor
{
    private readonly Func<RemotingConnection, RemotingCommand, CancellationToken, ValueTask<RemotingCommand?>> _process;

    public Processor(int code, Func<RemotingConnection, RemotingCommand, CancellationToken, ValueTask<RemotingCommand?>> process)
    {
        Code = code;
        _process = process;
    }

    public Processor(int code, Func<RemotingCommand, RemotingCommand?> process)
        : this(code, (_, request, _) => new(process(request)))
    {
    }

    public int Code { get; }

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        _process(connection, request, cancellationToken);
}
