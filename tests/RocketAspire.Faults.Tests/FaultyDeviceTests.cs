using System.Diagnostics;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Faults.Tests;

public sealed class FaultyDeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FaultSeams _seams = new(new FileSystemDevice(), TimeProvider.System);

    [Fact]
    public void A_full_disk_takes_nothing_new_gives_what_it_has_and_recovers()
    {
        var path = _folder["log"];
        using var file = _seams.Device.Open(path, create: true);
        file.Write(0, "kept"u8);
        _seams.Disk.IsFull = true;
        Assert.Throws<StorageFullException>(() => file.Write(0, "more"u8));
        Assert.Throws<StorageFullException>(() => _seams.Device.Open(_folder["new"], create: true));
        Assert.Throws<StorageFullException>(() => _seams.Device.CreateDirectory(_folder["folder"]));
        file.Flush();
        var buffer = new byte[4];
        Assert.Equal(4, file.Read(0, buffer));
        Assert.Equal("kept"u8, buffer);
        using (_seams.Device.Open(path, create: true))
        {
            // What is there needs no room.
        }

        _seams.Device.CreateDirectory(_folder.Path);
        _seams.Disk.IsFull = false;
        file.Write(0, "more"u8);
    }

    [Fact]
    public void A_slow_disk_takes_longer_to_flush_and_not_to_write()
    {
        using var file = _seams.Device.Open(_folder["log"], create: true);
        _seams.Disk.SlowMs = 100;
        var watch = Stopwatch.StartNew();
        file.Write(0, new byte[100]);
        var written = watch.ElapsedMilliseconds;
        file.Flush();
        var flushed = watch.ElapsedMilliseconds;
        _seams.Device.FlushDirectory(_folder.Path);
        Assert.True(written < 100, $"writing took {written} ms");
        Assert.True(flushed - written >= 99 && watch.ElapsedMilliseconds - flushed >= 99, $"flushes took {flushed - written} and {watch.ElapsedMilliseconds - flushed} ms");
    }

    [Fact]
    public void A_disk_that_fails_its_flushes_says_so()
    {
        using var file = _seams.Device.Open(_folder["log"], create: true);
        _seams.Disk.FailsFlush = true;
        Assert.Throws<IOException>(file.Flush);
        Assert.Throws<IOException>(() => _seams.Device.FlushDirectory(_folder.Path));
    }

    [Fact]
    public void A_shifted_clock_moves_the_time_of_day_and_no_duration()
    {
        var clock = new ManualTimeProvider();
        var seams = new FaultSeams(new FileSystemDevice(), clock) { ClockOffset = TimeSpan.FromHours(-1) };
        Assert.Equal(clock.GetUtcNow() - TimeSpan.FromHours(1), seams.Time.GetUtcNow());
        var fired = false;
        using var timer = seams.Time.CreateTimer(_ => fired = true, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        var since = seams.Time.GetTimestamp();
        seams.ClockOffset = TimeSpan.FromDays(1);
        Assert.Equal(TimeSpan.Zero, seams.Time.GetElapsedTime(since));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(fired);
        Assert.Equal(TimeSpan.FromSeconds(1), seams.Time.GetElapsedTime(since));
    }

    public void Dispose() => _folder.Dispose();
}
