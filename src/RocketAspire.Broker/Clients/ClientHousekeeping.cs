using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>Keeps the client tables true: forgets who hung up or fell silent, and tells a group's members when it changed.</summary>
public sealed class ClientHousekeeping : IAsyncDisposable
{
    private static readonly TimeSpan ScanInterval = TimeSpan.FromSeconds(10);

    private readonly ProducerTable _producers;
    private readonly ConsumerGroupTable _consumers;
    private readonly QueueLockTable _locks;
    private readonly SubscriptionGroupTable _groups;
    private readonly BrokerConfiguration _configuration;
    private readonly ITimer _timer;

    public ClientHousekeeping(
        ProducerTable producers, ConsumerGroupTable consumers, QueueLockTable locks, SubscriptionGroupTable groups, BrokerConfiguration configuration, TimeProvider time)
    {
        _producers = producers;
        _consumers = consumers;
        _locks = locks;
        _groups = groups;
        _configuration = configuration;
        _consumers.MembersChanged += TellMembers;
        _timer = time.CreateTimer(static state => ((ClientHousekeeping)state!).Scan(), this, ScanInterval, ScanInterval);
    }

    public void OnConnectionClosed(RemotingConnection connection)
    {
        _producers.RemoveConnection(connection);
        _consumers.RemoveConnection(connection);
    }

    /// <summary>One round of forgetting; public so that a test need not wait for it.</summary>
    public void Scan()
    {
        var expiry = _configuration.Current.ClientExpiry;
        _producers.RemoveSilent(expiry);
        _consumers.RemoveSilent(expiry);
        _locks.RemoveExpired();
    }

    public ValueTask DisposeAsync()
    {
        _consumers.MembersChanged -= TellMembers;
        return _timer.DisposeAsync();
    }

    private void TellMembers(string group, IReadOnlyList<RemotingConnection> members)
    {
        if (!_configuration.Current.NotifyConsumerIdsChangedEnable || _groups.Peek(group) is { NotifyConsumerIdsChangedEnable: false }) return;
        foreach (var member in members)
        {
            member.SendOneway(RemotingCommand.CreateRequest(RequestCode.NotifyConsumerIdsChanged, new ConsumerGroupRequestHeader(group).ToExtFields()));
        }
    }
}
