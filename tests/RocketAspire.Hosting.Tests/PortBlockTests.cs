using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Tests;

public sealed class PortBlockTests
{
    private const int LinuxEphemeralStart = 32_768;

    [Fact]
    public void Blocks_share_no_port_and_stay_below_the_ephemeral_range()
    {
        var offsets = PortBlock.Offsets(LinuxEphemeralStart).ToList();
        Assert.True(offsets.Count >= 48, $"only {offsets.Count} blocks");
        var owner = new Dictionary<int, int>();
        foreach (var offset in offsets)
        {
            var plan = ClusterPlan.Named("2m-2s-sync", "c")!;
            var ports = TopologyPlanner.Place(plan, new LocalPlacement("127.0.0.1", offset, "/data"), out _)!.Ports().Select(p => p.Port)
                // Peers and health of four brokers, the leader's address, console, proxy, dashboard and telemetry come later, at their places.
                .Concat(Enumerable.Range(0, 4).SelectMany(i => (int[])[10911 + 1000 * i + 20 + offset, 10911 + 1000 * i + 4 + offset]))
                .Concat(((int[])[14911, 8081, 8082, 18888, 18889, 18890]).Select(p => p + offset));
            foreach (var port in ports.Distinct())
            {
                Assert.InRange(port, 1024, LinuxEphemeralStart - 1);
                Assert.True(owner.TryAdd(port, offset), $"port {port} belongs to the blocks {owner.GetValueOrDefault(port)} and {offset}");
            }
        }
    }

    [Fact]
    public void A_block_belongs_to_one_until_it_is_given_back()
    {
        using var one = PortBlock.Reserve(_ => true);
        using (var two = PortBlock.Reserve(_ => true)) Assert.NotEqual(one.Offset, two.Offset);
        var asked = new List<int>();
        using var three = PortBlock.Reserve(offset =>
        {
            asked.Add(offset);
            return asked.Count > 2;
        });
        Assert.DoesNotContain(one.Offset, asked);
        Assert.Equal(3, asked.Distinct().Count());
    }

    [Fact]
    public void All_blocks_taken_is_one_line() =>
        Assert.StartsWith("--port-offset auto: all ", Assert.Throws<RocketMQSettingException>(() => PortBlock.Reserve(_ => false)).Message, StringComparison.Ordinal);
}
