namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>An unpacked Apache RocketMQ.</summary>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Release">Which one it is.</param>
internal sealed record RocketMQHome(string Path, ApacheRelease Release)
{
    public const string Variable = "ROCKETMQ_HOME";

    private const string CommonJar = "rocketmq-common-";

    public string NameServerScript => InBin("mqnamesrv");

    public string BrokerScript => InBin("mqbroker");

    /// <summary>Opens the folder that <c>ROCKETMQ_HOME</c> names.</summary>
    /// <exception cref="RocketMQSettingException">It isn't set, is no RocketMQ, or one that can't be run.</exception>
    public static RocketMQHome Open(string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw new RocketMQSettingException($"--engine distribution: {Variable} is not set; set it to the folder of an unpacked Apache RocketMQ (it holds bin/mqnamesrv)");
        var path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(value.Trim()));
        if (!Directory.Exists(path)) throw Wrong(value, "there is no such folder");
        foreach (var script in (string[])["mqnamesrv", "mqbroker", "runserver.sh", "runbroker.sh"])
            if (!File.Exists(System.IO.Path.Combine(path, "bin", script))) throw Wrong(value, $"it has no bin/{script}; name the folder of an unpacked Apache RocketMQ");
        if (HasBlank(path)) throw Wrong(value, "RocketMQ's scripts can't bear a blank in its path; move it or link to it");
        var release = ReleaseOf(path) ?? throw Wrong(value, $"its version can't be told: it has no lib/{CommonJar}….jar and none in its name");
        if (!release.IsSupported) throw Wrong(value, $"RocketMQ {release} is not supported; supported are 4.9 and 5.x");
        return new RocketMQHome(path, release);
    }

    /// <summary>Whether the scripts, which don't quote their arguments, would take it for several.</summary>
    public static bool HasBlank(string path) => path.Any(static c => char.IsWhiteSpace(c) || c is '*' or '?' or '[');

    /// <summary>Until 4.9.0 the scripts pass an option which Java knows no more from 9 on, and that it doesn't forgive.</summary>
    public bool NeedsJava8() => File.ReadAllText(InBin("runbroker.sh")).Split('\n').Any(static line => line.Contains("-Djava.ext.dirs", StringComparison.Ordinal) && !line.TrimStart().StartsWith('#'));

    private static ApacheRelease? ReleaseOf(string path)
    {
        var lib = System.IO.Path.Combine(path, "lib");
        var jar = Directory.Exists(lib) ? Directory.EnumerateFiles(lib, CommonJar + "*.jar").Order(StringComparer.Ordinal).FirstOrDefault() : null;
        return ApacheRelease.Find(System.IO.Path.GetFileName(jar ?? path));
    }

    private static RocketMQSettingException Wrong(string value, string why) => new($"{Variable} {value}: {why}");

    private string InBin(string script) => System.IO.Path.Combine(Path, "bin", script);
}
