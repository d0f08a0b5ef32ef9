using System.Globalization;

namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>
/// What <c>JAVA_OPT_EXT</c> holds. Apache's scripts put it behind their own options, where the last one wins: theirs are made for a
/// server with tens of gigabytes, and for the Java of their time.
/// </summary>
/// <remarks>Source: <c>distribution/bin/runserver.sh</c> and <c>runbroker.sh</c> of 4.9.0 to 5.3.3.</remarks>
internal static class JvmOptions
{
    /// <summary>The first Java with modules: what 4.9 does by reflection has to be allowed, and a log of its own for garbage collection is no more.</summary>
    private const int FirstWithModules = 9;

    private const long DirectMemoryMegabytes = 512;

    private static readonly string[] Opened = ["java.base/java.lang", "java.base/java.nio", "java.base/sun.nio.ch", "java.base/jdk.internal.ref"];

    /// <param name="release">Which RocketMQ is run.</param>
    /// <param name="heap">Such as <c>-Xms256m -Xmx512m</c>.</param>
    /// <param name="java">Which Java runs it.</param>
    /// <param name="userHome">The node's own folder: RocketMQ keeps its logs below the user's home.</param>
    /// <param name="usersOwn">The user's own <c>JAVA_OPT_EXT</c>, which has the last word.</param>
    public static string Of(ApacheRelease release, string heap, int java, string userHome, string? usersOwn)
    {
        var options = new List<string>
        {
            // 4.9 asks for what Java 19 knows no more.
            "-XX:+IgnoreUnrecognizedVMOptions",
            heap,
            string.Create(CultureInfo.InvariantCulture, $"-XX:MaxDirectMemorySize={DirectMemoryMegabytes}m"),
            "-XX:-AlwaysPreTouch",
            "-Duser.home=" + userHome,
        };
        // Before 5 these are no settings of broker.conf: the same as the other engines' defaults, for a developer's full disk.
        if (release.Major < 5) options.AddRange(["-Drocketmq.broker.diskSpaceCleanForciblyRatio=0.98", "-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99"]);
        if (java < FirstWithModules)
        {
            // The scripts give the young generation 2 GB of their 4.
            if (MaxHeapBytes(heap) is > 0 and var most) options.Add(string.Create(CultureInfo.InvariantCulture, $"-Xmn{most / 2 / 1024}k"));
            options.Add($"-Xloggc:{userHome}/logs/gc.log");
        }
        else
        {
            foreach (var package in Opened)
            {
                options.Add($"--add-opens={package}=ALL-UNNAMED");
                options.Add($"--add-exports={package}=ALL-UNNAMED");
            }
        }

        if (!string.IsNullOrWhiteSpace(usersOwn)) options.Add(usersOwn.Trim());
        return string.Join(' ', options);
    }

    /// <summary>What <c>-Xmx</c> says, in bytes; 0 when it says nothing.</summary>
    public static long MaxHeapBytes(string heap)
    {
        foreach (var option in heap.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (option.StartsWith("-Xmx", StringComparison.Ordinal) && Bytes(option[4..]) is { } bytes) return bytes;
        return 0;
    }

    private static long? Bytes(string size)
    {
        if (size.Length < 2) return null;
        var shift = char.ToLowerInvariant(size[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => -1 };
        return shift > 0 && int.TryParse(size.AsSpan(0, size.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (long)number << shift : null;
    }
}
