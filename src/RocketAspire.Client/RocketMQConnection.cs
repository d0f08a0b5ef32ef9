using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client;

/// <summary>A client's way to a cluster: its connections, and the name servers in turn. Producers, consumers and admin share one.</summary>
public sealed class RocketMQConnection : IAsyncDisposable
{
    private readonly RemotingClient _remoting;

    // Which name server is asked first; moves on when that one fails.
    private int _current;

    /// <param name="options">Addresses and times.</param>
    /// <param name="loggerFactory">Where to log; nowhere when null.</param>
    /// <param name="callbacks">What brokers may ask of this client.</param>
    /// <exception cref="ArgumentException">No name server is named.</exception>
    public RocketMQConnection(RocketMQClientOptions options, ILoggerFactory? loggerFactory = null, IEnumerable<IRequestProcessor>? callbacks = null)
    {
        if (options.NameServers.Count == 0) throw new ArgumentException("at least one name server is needed", nameof(options));
        Options = options;
        _remoting = new RemotingClient(
            new RemotingClientOptions { ConnectTimeout = options.ConnectTimeout, Time = options.Time, Credentials = options.Credentials, Tls = options.Tls },
            loggerFactory ?? NullLoggerFactory.Instance,
            callbacks);
        _remoting.ConnectionClosed += (address, _) => ConnectionClosed?.Invoke(address);
    }

    /// <summary>Raised once for each connection that ended, with the address it was made for.</summary>
    internal event Action<string>? ConnectionClosed;

    public RocketMQClientOptions Options { get; }

    public IReadOnlyList<string> NameServers => Options.NameServers;

    /// <summary>Connects to the name servers of a connection string such as <c>127.0.0.1:9876;127.0.0.1:9877</c>.</summary>
    /// <exception cref="FormatException">The string is wrong; one line says how.</exception>
    public static RocketMQConnection Create(string connectionString, ILoggerFactory? loggerFactory = null) =>
        new(new RocketMQClientOptions { NameServers = NameServerList.Parse(connectionString) }, loggerFactory);

    /// <summary>Asks one node; error codes are the caller's to judge.</summary>
    /// <exception cref="RemotingConnectException">No connection; nothing was sent.</exception>
    /// <exception cref="RemotingTimeoutException">No answer in time.</exception>
    /// <exception cref="RemotingSendException">The connection ended before the answer.</exception>
    public ValueTask<RemotingCommand> AskAsync(string address, RemotingCommand request, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        _remoting.InvokeAsync(Port(address, request.Code), request, timeout ?? Options.RequestTimeout, cancellationToken);

    /// <summary>Sends and wants no answer; waits only to connect, or while the node doesn't read.</summary>
    /// <exception cref="RemotingConnectException">No connection; nothing was sent.</exception>
    /// <exception cref="RemotingTimeoutException">The node took nothing in time.</exception>
    public async ValueTask TellAsync(string address, RemotingCommand request, CancellationToken cancellationToken)
    {
        try
        {
            await _remoting.SendOnewayAsync(Port(address, request.Code), request, Options.RequestTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RemotingTimeoutException(address, request.Code, Options.RequestTimeout);
        }
    }

    /// <summary>As <see cref="AskAsync"/>, for requests of which only success is an answer.</summary>
    /// <exception cref="RocketMQResponseException">Any code but SUCCESS.</exception>
    public async ValueTask<RemotingCommand> DemandAsync(string address, RemotingCommand request, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(address, request, cancellationToken).ConfigureAwait(false);
        return answer.Code == ResponseCode.Success ? answer : throw new RocketMQResponseException(address, request.Code, answer.Code, answer.Remark);
    }

    /// <summary>Asks the name servers in turn, starting with the one that answered last, until one answers.</summary>
    /// <param name="createRequest">Makes the request anew for each attempt.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQNameServersUnavailableException">None answered.</exception>
    public async ValueTask<RemotingCommand> AskNameServersAsync(Func<RemotingCommand> createRequest, CancellationToken cancellationToken)
    {
        var attempts = new List<(string, Exception)>();
        var first = Volatile.Read(ref _current);
        for (var i = 0; i < NameServers.Count; i++)
        {
            var index = (first + i) % NameServers.Count;
            var address = NameServers[index];
            try
            {
                return await AskAsync(address, createRequest(), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException)
            {
                attempts.Add((address, e));
                // Only the one that failed is passed over: another caller may have moved on already.
                Interlocked.CompareExchange(ref _current, (index + 1) % NameServers.Count, index);
            }
        }

        throw new RocketMQNameServersUnavailableException(attempts);
    }

    /// <summary>The VIP port of a broker, where it is wished for and answers such a request.</summary>
    private string Port(string address, int code)
    {
        if (!Options.VipChannel || NameServers.Contains(address) || code is RequestCode.PullMessage or RequestCode.LitePullMessage or RequestCode.PopMessage or RequestCode.PeekMessage or RequestCode.Notification or RequestCode.PollingInfo)
            return address;
        var colon = address.LastIndexOf(':');
        return int.TryParse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port) && port > 2 ? string.Create(CultureInfo.InvariantCulture, $"{address.AsSpan(0, colon)}:{port - 2}") : address;
    }

    public ValueTask DisposeAsync() => _remoting.DisposeAsync();
}
