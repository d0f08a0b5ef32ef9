using System.Diagnostics;
using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.TestSupport;

namespace RocketAspire.Hosting.Tests.Distribution;

/// <summary>What the scripts of a distribution are given for their JVM.</summary>
public sealed class JvmOptionsTests
{
    private static readonly ApacheRelease Four = new(4, 9, 8);
    private static readonly ApacheRelease Five = new(5, 3, 3);

    [Fact]
    public void Java_8_gets_a_young_generation_that_fits_its_heap_and_no_modules()
    {
        var options = JvmOptions.Of(Four, "-Xms256m -Xmx512m", 8, "/d/broker-a", null).Split(' ');
        Assert.Contains("-Xmn262144k", options);
        Assert.Contains("-Xloggc:/d/broker-a/logs/gc.log", options);
        Assert.Contains("-Duser.home=/d/broker-a", options);
        Assert.DoesNotContain(options, static o => o.StartsWith("--", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(17)]
    [InlineData(21)]
    public void Later_ones_open_what_is_used_by_reflection_and_forgive_what_they_know_no_more(int java)
    {
        var options = JvmOptions.Of(Four, "-Xms256m -Xmx512m", java, "/d/broker-a", null).Split(' ');
        Assert.Contains("--add-opens=java.base/java.nio=ALL-UNNAMED", options);
        Assert.Contains("-XX:+IgnoreUnrecognizedVMOptions", options);
        Assert.DoesNotContain(options, static o => o.StartsWith("-Xmn", StringComparison.Ordinal) || o.StartsWith("-Xloggc", StringComparison.Ordinal));
    }

    [Fact]
    public void The_users_own_options_have_the_last_word()
    {
        Assert.EndsWith(" -Xmx1g -Dx=y", JvmOptions.Of(Five, "-Xms1m -Xmx2m", 17, "/d", " -Xmx1g -Dx=y "), StringComparison.Ordinal);
        Assert.DoesNotContain("diskSpace", JvmOptions.Of(Five, "-Xms1m -Xmx2m", 17, "/d", null), StringComparison.Ordinal);
        Assert.Contains("-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99", JvmOptions.Of(Four, "-Xms1m -Xmx2m", 17, "/d", null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Xms256m -Xmx512m", 512L << 20)]
    [InlineData("-Xmx1G", 1L << 30)]
    [InlineData("-Xmx1024k -Dx", 1L << 20)]
    [InlineData("-Xms1g", 0)]
    [InlineData("-Xmxg", 0)]
    public void The_most_that_a_heap_may_take_is_read_from_its_options(string heap, long bytes) => Assert.Equal(bytes, JvmOptions.MaxHeapBytes(heap));

    [Fact]
    public async Task The_script_in_place_of_java_becomes_it_without_the_log_of_garbage_collection()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("there are no shell scripts on Windows");
        using var folder = new TemporaryFolder();
        var real = folder["it's"];
        await File.WriteAllTextAsync(real, "#!/bin/sh\nfor a; do echo \"$a\"; done\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(real, (UnixFileMode)0b111_101_101);
        JavaShim.Write(folder.Path, new JavaRuntime(real, 17));
        string[] given = ["-Xms8g", "-Xlog:gc*:file=/dev/shm/rmq_broker_gc_%p_%t.log:time,tags:filecount=5,filesize=30M", "-Xlog:gc*:file=/mine.log", "-cp", "a b:*", ""];
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(JavaShim.BinIn(folder.Path), "java"), given) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("-Xms8g\n-Xlog:gc*:file=/mine.log\n-cp\na b:*\n\n", said);
    }
}
