using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>
/// Carries a group's messages: a listener on this node's own peer port takes those of the others, one connection to each of
/// them sends. Messages may be lost, come twice or in another order; the core bears that.
/// </summary>
internal sealed class PeerTransport : IAsyncDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);

    private readonly RaftGroupOptions _options;
    private readonly IPEndPoint _listen;
    private readonly IPeerNetwork _network;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggerFactory;
    private readonly ILogger _logger;
    private readonly RemotingClient _client;
    private readonly Dictionary<string, PeerLink> _links;
    private readonly ConcurrentDictionary<string, bool> _foreign = new(StringComparer.Ordinal);
    private RemotingServer? _server;
    private long _lastId;

    /// <param name="options">The group.</param>
    /// <param name="listen">Where to take messages.</param>
    /// <param name="network">What the connections pass through.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggerFactory">Where to log.</param>
    public PeerTransport(RaftGroupOptions options, IPEndPoint listen, IPeerNetwork network, TimeProvider time, ILoggerFactory loggerFactory)
    {
        _options = options;
        _listen = listen;
        _network = network;
        _time = time;
        _loggerFactory = loggerFactory;
        _logger = loggerFactory.CreateLogger("RocketAspire.Broker.Raft");
        var others = options.Peers.Where(peer => peer.Id != options.SelfId).ToList();
        _client = new RemotingClient(
            new RemotingClientOptions
            {
                Time = time,
                ConnectTimeout = TimeSpan.FromSeconds(1),
                Network = network,
                PeerOf = address => others.Find(peer => peer.Address == address)?.Id,
            },
            loggerFactory);
        _links = others.ToDictionary(static peer => peer.Id, peer => new PeerLink(peer, _client, p => Refused?.Invoke(p.Id), time, _logger), StringComparer.Ordinal);
    }

    /// <summary>Further requests that peers may send.</summary>
    public IReadOnlyList<IRequestProcessor> Processors { get; set; } = [];

    /// <summary>A peer's message, whole but not yet looked into. Called on a connection's reading thread.</summary>
    public Action<string, ReadOnlyMemory<byte>>? Received { get; set; }

    /// <summary>Nobody listens at a peer's port: its process is gone, or not there yet. Told at each attempt.</summary>
    public Action<string>? Refused { get; set; }

    public bool IsConnected(string peer) => _links.TryGetValue(peer, out var link) && link.IsOpen;

    /// <exception cref="RemotingBindException">The peer port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        List<IRequestProcessor> table = [new RaftMessageProcessor(_links.ContainsKey, OnReceived), .. Processors];
        foreach (var code in ForeignDLedgerProcessor.Codes) table.Add(new ForeignDLedgerProcessor(code, OnForeign));
        _server = await RemotingServer.StartAsync(
            [_listen], new RequestDispatcher(table, _logger), new RemotingServerOptions { Time = _time, Network = _network, StopGrace = TimeSpan.Zero }, _loggerFactory, cancellationToken).ConfigureAwait(false);
        foreach (var link in _links.Values) link.Start();
    }

    /// <summary>Hands a message to the connection; its bytes are the caller's again when this returns. Never waits.</summary>
    public void Send(string peer, ReadOnlyMemory<byte> message)
    {
        if (!_links.TryGetValue(peer, out var link) || !link.IsOpen) return;
        var parts = (message.Length + RaftMessageProcessor.PartBytes - 1) / RaftMessageProcessor.PartBytes;
        if (parts <= 1)
        {
            link.Send(Command(message));
            return;
        }

        var id = ++_lastId;
        for (var part = 0; part < parts; part++)
        {
            var from = part * RaftMessageProcessor.PartBytes;
            var command = Command(message.Slice(from, Math.Min(RaftMessageProcessor.PartBytes, message.Length - from)));
            command.ExtFields.Add(RaftMessageProcessor.Id, id);
            command.ExtFields.Add(RaftMessageProcessor.Part, part);
            command.ExtFields.Add(RaftMessageProcessor.Parts, parts);
            link.Send(command);
        }
    }

    /// <summary>Asks a peer; null when there is no connection, or no answer in time.</summary>
    public async Task<RemotingCommand?> AskAsync(string peer, RemotingCommand request)
    {
        if (!_links.TryGetValue(peer, out var link) || !link.IsOpen) return null;
        try
        {
            return await _client.InvokeAsync(link.Peer.Address, request, AskLimit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException or RemotingTimeoutException or ObjectDisposedException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_links.Values.Select(static link => link.StopAsync())).ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        if (_server is not null) await _server.DisposeAsync().ConfigureAwait(false);
    }

    private RemotingCommand Command(ReadOnlyMemory<byte> body) => new()
    {
        Code = RequestCode.RaftMessage,
        SerializeType = SerializeType.RocketMQ,
        ExtFields = new ExtFields { { RaftMessageProcessor.Peer, _options.SelfId } },
        Body = body,
    };

    private void OnReceived(string peer, ReadOnlyMemory<byte> message)
    {
        _links[peer].Nudge();
        Received?.Invoke(peer, message);
    }

    private void OnForeign(string peer)
    {
        if (_foreign.TryAdd(peer, true)) RaftLog.ForeignPeer(_logger, peer);
    }
}
