using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.NameServer;

/// <summary>Tells the nodes of a 5.x group that its smallest id has changed (905), at the addresses they registered. Its client exists only once needed.</summary>
internal sealed class MinBrokerIdNotifier(ILoggerFactory loggerFactory, TimeProvider time, TlsClient? tls) : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(300);

    private readonly ILogger _logger = loggerFactory.CreateLogger<MinBrokerIdNotifier>();
    private readonly Lazy<RemotingClient> _client = new(() => new RemotingClient(new RemotingClientOptions { Time = time, Tls = tls }, loggerFactory));

    public void Notify(MinBrokerIdChange change)
    {
        foreach (var address in change.Tell) _ = NotifyAsync(address, change);
    }

    public ValueTask DisposeAsync() => _client.IsValueCreated ? _client.Value.DisposeAsync() : ValueTask.CompletedTask;

    private async Task NotifyAsync(string address, MinBrokerIdChange change)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.NotifyMinBrokerIdChange, new ExtFields
        {
            { "minBrokerId", change.MinBrokerId },
            { "minBrokerAddr", change.MinBrokerAddress },
            { "offlineBrokerAddr", change.OfflineAddress },
            { "haBrokerAddr", change.HaAddress },
        });
        try
        {
            await _client.Value.SendOnewayAsync(address, request, Timeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException or TimeoutException or ObjectDisposedException)
        {
            Log.NotifyFailed(_logger, address, e.Message);
        }
    }
}
