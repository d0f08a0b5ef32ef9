using System.Globalization;
using RocketAspire.Client;
using RocketAspire.Remoting;

namespace RocketAspire.Chaos.Cluster;

/// <summary>Asks nodes how far they are, and who leads.</summary>
internal sealed class ClusterProbe(ChaosCluster cluster, RocketMQConnection connection)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly RocketMQAdmin _admin = new(connection);
    private readonly LeaderWatch _leaders = new();

    public RocketMQAdmin Admin => _admin;

    /// <summary>One past the node's last whole record in bytes; null when it doesn't answer.</summary>
    public async Task<long?> LogEndAsync(ChaosBroker broker)
    {
        if (broker.Process.State != NodeState.Running) return null;
        try
        {
            var info = await _admin.GetBrokerRuntimeInfoAsync(broker.Address).ConfigureAwait(false);
            return long.Parse(info["commitLogMaxOffset"], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The end that all nodes of the group have; null when they differ or one doesn't answer.</summary>
    public async Task<long?> CommonEndAsync(string group)
    {
        long? end = null;
        foreach (var broker in cluster.BrokersOf(group))
        {
            if (await LogEndAsync(broker).ConfigureAwait(false) is not { } own || (end is not null && end != own)) return null;
            end = own;
        }

        return end;
    }

    /// <summary>Waits until the node holds all that the others of its group held when they were last asked.</summary>
    public async Task<bool> CatchesUpAsync(ChaosBroker broker, TimeSpan limit, CancellationToken stop)
    {
        return await Wait.UntilAsync(
            async () =>
            {
                var furthest = 0L;
                foreach (var other in cluster.BrokersOf(broker.Group).Where(b => b != broker))
                {
                    if (await LogEndAsync(other).ConfigureAwait(false) is not { } end) return false;
                    furthest = Math.Max(furthest, end);
                }

                // Before it has anything, an empty node is as far as an empty one.
                return furthest > 0 && await LogEndAsync(broker).ConfigureAwait(false) >= furthest;
            },
            limit, Between, stop).ConfigureAwait(false);
    }

    /// <summary>The group's master, or the node that said last that it leads; null when none did.</summary>
    public ChaosBroker? LeaderOf(string group)
    {
        var brokers = cluster.BrokersOf(group);
        return brokers[0].Node.IsDLedger ? _leaders.LeaderOf(brokers) : brokers.FirstOrDefault(static b => b.Node.IsMaster);
    }
}

/// <summary>Waiting with a limit.</summary>
internal static class Wait
{
    /// <summary>False after the limit, or when told to stop. A condition that can't be asked for doesn't hold.</summary>
    public static async Task<bool> UntilAsync(Func<Task<bool>> condition, TimeSpan limit, TimeSpan between, CancellationToken stop)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await HoldsAsync().ConfigureAwait(false))
        {
            if (stop.IsCancellationRequested || TimeProvider.System.GetElapsedTime(start) > limit) return false;
            await Task.Delay(between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return true;

        async Task<bool> HoldsAsync()
        {
            try
            {
                return await condition().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
            {
                // Who can't be asked isn't there yet.
                return false;
            }
        }
    }
}
