using System.Globalization;

namespace RocketAspire.Remoting;

/// <summary>Says who listens on a TCP port of this machine, where the system tells (Linux's /proc).</summary>
public static class PortHolder
{
    /// <summary>Such as <c>process 4711 (java)</c>; null when nobody listens there or the system doesn't tell.</summary>
    public static string? Describe(int port)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return null;
            var inodes = new HashSet<string>();
            foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"]) CollectListeners(table, port, inodes);
            return inodes.Count == 0 ? null : FindProcess(inodes) ?? "a process of another user";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void CollectListeners(string table, int port, HashSet<string> inodes)
    {
        if (!File.Exists(table)) return;
        // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode; the port is hexadecimal, state 0A listens.
        foreach (var line in File.ReadLines(table))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 10 || parts[3] != "0A") continue;
            var colon = parts[1].LastIndexOf(':');
            if (colon > 0 && int.TryParse(parts[1].AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var local) && local == port)
                inodes.Add($"socket:[{parts[9]}]");
        }
    }

    private static string? FindProcess(HashSet<string> inodes)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            var pid = Path.GetFileName(folder);
            if (!char.IsAsciiDigit(pid[0])) continue;
            try
            {
                foreach (var descriptor in Directory.EnumerateFiles(Path.Combine(folder, "fd")))
                {
                    if (new FileInfo(descriptor).LinkTarget is { } target && inodes.Contains(target))
                        return $"process {pid} ({File.ReadAllText(Path.Combine(folder, "comm")).Trim()})";
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or another user's: the next one.
            }
        }

        return null;
    }
}
