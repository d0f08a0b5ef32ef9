using System.Globalization;

namespace RocketAspire.Hosting.Settings;

/// <summary>
/// A port offset that no other AppHost of this machine has. Each block has a file; whoever holds its lock has the block, and the
/// system drops the lock with its owner, however that ends.
/// </summary>
internal sealed class PortBlock : IDisposable
{
    /// <summary>Wide enough for what a broker opens around its port (2 below to 20 above).</summary>
    private const int Step = 40;

    /// <summary>Brokers are 1000 apart: the 25th step would meet the next broker's first.</summary>
    private const int StepsBetweenBrokers = 24;

    /// <summary>Five brokers further on it starts again.</summary>
    private const int Stride = 5_000;

    private const int HighestPort = 18_890;

    private readonly FileStream _lock;

    private PortBlock(FileStream held, int offset)
    {
        _lock = held;
        Offset = offset;
    }

    public int Offset { get; }

    /// <summary>Takes the first block that nobody holds and whose ports are free.</summary>
    /// <param name="isFree">Whether all ports are free at that offset.</param>
    /// <exception cref="RocketMQSettingException">All are taken.</exception>
    public static PortBlock Reserve(Func<int, bool> isFree)
    {
        var folder = Folder();
        var offsets = Offsets(EphemeralStart()).ToList();
        // Spread over the blocks, so that AppHosts started together don't queue for the first.
        var first = Environment.ProcessId % offsets.Count;
        for (var i = 0; i < offsets.Count; i++)
        {
            var offset = offsets[(first + i) % offsets.Count];
            if (TryLock(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"offset-{offset}"))) is not { } held) continue;
            if (isFree(offset)) return new PortBlock(held, offset);
            held.Dispose();
        }
        throw new RocketMQSettingException($"--port-offset auto: all {offsets.Count} blocks of ports below the ephemeral range are taken", RocketMQSettingException.Machine);
    }

    public void Dispose() => _lock.Dispose();

    internal static IEnumerable<int> Offsets(int ephemeralStart)
    {
        for (var row = 0; row == 0 || HighestPort + row * Stride + StepsBetweenBrokers * Step < ephemeralStart; row++)
            for (var step = 1; step <= StepsBetweenBrokers; step++) yield return row * Stride + step * Step;
    }

    // One folder for all users of the machine, whatever their TMPDIR says.
    internal static string Folder()
    {
        var folder = Path.Combine(OperatingSystem.IsWindows() ? Path.GetTempPath() : "/tmp", "rocketaspire-ports");
        try
        {
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
            }
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RocketMQSettingException($"--port-offset auto: the folder of its locks can't be made: {e.Message}", RocketMQSettingException.Machine);
        }
    }

    internal static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int EphemeralStart()
    {
        try
        {
            return int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // IANA's, which other systems follow, is higher than Linux's.
            return 32_768;
        }
    }
}
