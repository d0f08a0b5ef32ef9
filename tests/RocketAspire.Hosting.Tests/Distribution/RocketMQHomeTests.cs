using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.Protocol.Config;
using RocketAspire.TestSupport;

namespace RocketAspire.Hosting.Tests.Distribution;

/// <summary>Which RocketMQ a folder holds, and which Java runs it.</summary>
public sealed class RocketMQHomeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rocketmq-common-4.9.8.jar", "4.9.8")]
    [InlineData("rocketmq-common-5.3.1-SNAPSHOT.jar", "5.3.1")]
    [InlineData("rocketmq-all-5.3.3-bin-release", "5.3.3")]
    [InlineData("rocketmq-all-4.9.8", "4.9.8")]
    [InlineData("jdk8-rocketmq-4.9.10", "4.9.10")]
    [InlineData("rocketmq", null)]
    [InlineData("rocketmq-5.3", null)]
    [InlineData("v1.2.3.4", null)]
    public void A_release_is_read_from_a_name(string name, string? release) => Assert.Equal(release, ApacheRelease.Find(name)?.ToString());

    [Fact]
    public void Its_jar_tells_more_than_its_name()
    {
        var home = Make("rocketmq-all-5.1.4", "4.9.8");
        Assert.Equal(new ApacheRelease(4, 9, 8), RocketMQHome.Open(home + Path.DirectorySeparatorChar).Release);
        Directory.Delete(Path.Combine(home, "lib"), recursive: true);
        Assert.Equal(new ApacheRelease(5, 1, 4), RocketMQHome.Open(home).Release);
    }

    [Theory]
    [InlineData("rocketmq-4.8.0", "RocketMQ 4.8.0 is not supported; supported are 4.9 and 5.x")]
    [InlineData("rocketmq-6.0.0", "RocketMQ 6.0.0 is not supported; supported are 4.9 and 5.x")]
    [InlineData("rocketmq", "its version can't be told: it has no lib/rocketmq-common-….jar and none in its name")]
    [InlineData("rocket mq-4.9.8", "RocketMQ's scripts can't bear a blank in its path; move it or link to it")]
    public void A_folder_that_cannot_be_run_is_refused_with_its_reason(string name, string reason)
    {
        var home = Make(name, null);
        var e = Assert.Throws<RocketMQSettingException>(() => RocketMQHome.Open(home));
        Assert.Equal(($"ROCKETMQ_HOME {home}: {reason}", 2), (e.Message, e.ExitCode));
    }

    [Fact]
    public void Scripts_that_only_Java_8_bears_are_known_by_their_option()
    {
        var home = Make("rocketmq-all-4.9.0", null);
        Assert.False(RocketMQHome.Open(home).NeedsJava8());
        File.WriteAllText(Path.Combine(home, "bin", "runbroker.sh"), "JAVA_OPT=\"${JAVA_OPT} -Djava.ext.dirs=x\"\n");
        Assert.True(RocketMQHome.Open(home).NeedsJava8());
    }

    [Theory]
    [InlineData("openjdk version \"1.8.0_392\"\nOpenJDK Runtime Environment", 8)]
    [InlineData("java version \"11.0.21\" 2023-10-17 LTS", 11)]
    [InlineData("Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version \"25\" 2025-09-16", 25)]
    [InlineData("java version \"1.7.0_80\"", 7)]
    [InlineData("busybox", null)]
    public void Java_tells_its_version_in_two_ways(string told, int? major) => Assert.Equal(major, JavaRuntime.MajorOf(told));

    [Fact]
    public async Task A_Java_that_is_missing_too_old_or_none_is_told_in_one_line()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("there are no shell scripts on Windows");
        var ct = TestContext.Current.CancellationToken;
        Assert.Equal($"--engine distribution: JAVA_HOME {_folder["none"]} has no bin/java; set it to a Java 8 or later", await WhyAsync(_folder["none"], null));
        Assert.Equal("--engine distribution: there is no Java here: set JAVA_HOME to a Java 8 or later, or put its bin into PATH", await WhyAsync(null, _folder.Path));
        FakeJava("java version \\\"1.7.0_80\\\"");
        Assert.Equal($"--engine distribution: {_folder["bin/java"]} is Java 7; RocketMQ needs Java 8 or later: set JAVA_HOME to one", await WhyAsync(_folder.Path, null));
        FakeJava("what?");
        Assert.Equal($"--engine distribution: {_folder["bin/java"]} is no Java that can be used: it says 'what?'", await WhyAsync(null, $"/none{Path.PathSeparator}{_folder["bin"]}"));
        FakeJava("openjdk version \\\"21.0.1\\\"");
        Assert.Equal(new JavaRuntime(_folder["bin/java"], 21), await JavaRuntime.FindAsync(_folder.Path, null, ct));

        async Task<string> WhyAsync(string? javaHome, string? path)
        {
            var e = await Assert.ThrowsAsync<RocketMQSettingException>(() => JavaRuntime.FindAsync(javaHome, path, ct));
            Assert.Equal(2, e.ExitCode);
            return e.Message;
        }
    }

    [Fact]
    public void A_release_reads_the_keys_of_its_line()
    {
        foreach (var (key, in498, in531, in533) in ((BrokerConfKey, bool, bool, bool)[])
        [
            (BrokerConf.ListenPort, true, true, true), (BrokerConf.InSyncReplicas, false, true, true), (BrokerConf.TotalReplicas, false, true, true),
            (BrokerConf.BindAddress, false, true, true), (NameServerConf.BindAddress, false, true, true), (BrokerConf.RecallMessageEnable, false, false, true),
            (BrokerConf.HaSlaveFallbehindMax, true, false, false), (BrokerConf.AllowUncleanMaster, false, false, false),
        ])
            Assert.Equal((in498, in531, in533), (new ApacheRelease(4, 9, 8).Reads(key), new ApacheRelease(5, 3, 1).Reads(key), new ApacheRelease(5, 3, 3).Reads(key)));
    }

    private string Make(string name, string? release)
    {
        var home = _folder[name];
        Directory.CreateDirectory(Path.Combine(home, "bin"));
        Directory.CreateDirectory(Path.Combine(home, "lib"));
        foreach (var script in (string[])["mqnamesrv", "mqbroker", "runserver.sh", "runbroker.sh"]) File.WriteAllText(Path.Combine(home, "bin", script), "");
        if (release is not null) File.WriteAllText(Path.Combine(home, "lib", $"rocketmq-common-{release}.jar"), "");
        return home;
    }

    private void FakeJava(string says)
    {
        Directory.CreateDirectory(_folder["bin"]);
        File.WriteAllText(_folder["bin/java"], $"#!/bin/sh\necho \"{says}\" >&2\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder["bin/java"], (UnixFileMode)0b111_101_101);
    }
}
