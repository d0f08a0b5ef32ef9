using System.Diagnostics;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.Bench;

/// <summary>The cluster can't be measured; one line.</summary>
internal sealed class BenchException(string message) : Exception(message);

/// <summary>Makes sure that the topic is there.</summary>
internal static class TopicSetup
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Creates the topic on each master when no name server knows it. True when it did.</summary>
    /// <exception cref="BenchException">It can't be had.</exception>
    public static async Task<bool> EnsureAsync(RocketMQConnection connection, Targets targets, BenchOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (await targets.RefreshAsync(cancellationToken).ConfigureAwait(false) && targets.Writable.Count > 0) return false;
            await CreateAsync(new RocketMQAdmin(connection), options, cancellationToken).ConfigureAwait(false);
            var watch = Stopwatch.StartNew();
            while (!await targets.RefreshAsync(cancellationToken).ConfigureAwait(false) || targets.Writable.Count == 0)
            {
                if (watch.Elapsed > Limit) throw new BenchException($"topic {options.Topic} was created, but the name servers have no route to it after {Limit.TotalSeconds:0} s");
                await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingTimeoutException or RemotingSendException)
        {
            throw new BenchException(e.Message.ReplaceLineEndings(" "));
        }
    }

    private static async Task CreateAsync(RocketMQAdmin admin, BenchOptions options, CancellationToken cancellationToken)
    {
        var cluster = await admin.GetClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        var masters = cluster.BrokerAddrTable.Values.Select(static broker => broker.MasterAddress).OfType<string>().ToList();
        if (masters.Count == 0) throw new BenchException("the name servers know no master to create the topic on");
        var topic = new TopicConfig { TopicName = options.Topic, ReadQueueNums = options.Queues, WriteQueueNums = options.Queues };
        foreach (var master in masters) await admin.CreateTopicAsync(master, topic, cancellationToken).ConfigureAwait(false);
    }
}
