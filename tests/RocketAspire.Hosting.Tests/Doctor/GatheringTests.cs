using RocketAspire.Hosting.Doctor;
using RocketAspire.TestSupport;

namespace RocketAspire.Hosting.Tests.Doctor;

/// <summary>How the doctor learns of clocks, memory and stores.</summary>
public sealed class GatheringTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_brokers_time_is_its_start_and_how_long_it_runs()
    {
        var start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_250);
        var told = new Dictionary<string, string> { ["bootTimestamp"] = "1700000000250", ["runtime"] = "[ 1 days, 2 hours, 3 minutes, 4 seconds ]" };
        Assert.Equal(start + new TimeSpan(1, 2, 3, 4, 500), FactsCollector.ClockOf(told));
        Assert.Null(FactsCollector.ClockOf(new Dictionary<string, string> { ["bootTimestamp"] = "1700000000250" }));
        Assert.Null(FactsCollector.ClockOf(new Dictionary<string, string> { ["bootTimestamp"] = "1700000000250", ["runtime"] = "long" }));
    }

    [Fact]
    public void The_tightest_limit_of_a_control_group_and_of_those_above_counts()
    {
        Write("proc/meminfo", "MemTotal:       16384 kB\nMemFree: 1 kB\n");
        var memory = new MachineMemory(_folder.Path);
        Assert.Equal((16L << 20, null), (memory.Total(), memory.Limit()));
        Write("proc/self/cgroup", "0::/a/b\n");
        Write("sys/fs/cgroup/a/b/memory.max", "max\n");
        Assert.Null(memory.Limit());
        Write("sys/fs/cgroup/a/memory.max", "8388608\n");
        Assert.Equal(8L << 20, memory.Limit());
        Write("sys/fs/cgroup/a/b/memory.max", "4194304\n");
        Assert.Equal(4L << 20, memory.Limit());
    }

    [Fact]
    public void The_first_version_of_control_groups_writes_no_limit_as_a_huge_one()
    {
        Write("proc/meminfo", "MemTotal:       16384 kB\n");
        Write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        var memory = new MachineMemory(_folder.Path);
        Assert.Null(memory.Limit());
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
        Assert.Equal(1L << 20, memory.Limit());
    }

    [Fact]
    public void A_store_is_tried_by_writing_and_nothing_is_left_there()
    {
        var store = StoreProbe.Look(_folder.Path);
        Assert.Null(store.WriteProblem);
        Assert.InRange(store.FreeBytes, 1, store.TotalBytes);
        Assert.Empty(Directory.GetFiles(_folder.Path));
        Assert.Equal("there is no such folder", StoreProbe.Look(_folder["none"]).WriteProblem);
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
    }
}
