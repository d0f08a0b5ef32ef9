using System.Globalization;

namespace RocketAspire.Hosting.Doctor;

/// <summary>How much memory this machine has, and how much of it a control group leaves.</summary>
/// <param name="root">The root of the file system, for tests.</param>
internal sealed class MachineMemory(string root = "/")
{
    /// <summary>Bytes; what .NET knows where the system doesn't tell.</summary>
    public long Total()
    {
        foreach (var line in Read("proc/meminfo").Split('\n'))
        {
            var parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts is ["MemTotal:", var kilobytes, "kB"] && long.TryParse(kilobytes, NumberStyles.None, CultureInfo.InvariantCulture, out var total)) return total << 10;
        }

        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    /// <summary>Bytes; null when no control group of this process has a limit. The tightest of its own and those above counts.</summary>
    public long? Limit()
    {
        long? least = null;
        foreach (var line in Read("proc/self/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // Version 2: 0::/path. Version 1: n:controllers:/path.
            var parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            var (folder, file) = parts[1].Length == 0 ? ("sys/fs/cgroup", "memory.max") : parts[1].Split(',').Contains("memory") ? ("sys/fs/cgroup/memory", "memory.limit_in_bytes") : ("", "");
            if (file.Length == 0) continue;
            for (var path = parts[2].Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
            {
                if (long.TryParse(Read(Path.Combine(folder, path, file)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit < (least ?? long.MaxValue)) least = limit;
                if (path.Length == 0) break;
            }
        }

        // Version 1 writes "none" as a number beyond any machine.
        return least < Total() ? least : null;
    }

    private string Read(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
