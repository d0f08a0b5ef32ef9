using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RocketAspire.Client;

/// <summary>Reads connection strings: name servers as <c>ip:port;ip:port</c>, the way Apache's clients and tools write them.</summary>
public static class NameServerList
{
    /// <summary>Addresses in the order given, each once.</summary>
    /// <exception cref="FormatException">One line that says what is wrong and what is allowed.</exception>
    public static IReadOnlyList<string> Parse(string? connectionString) =>
        TryParse(connectionString, out var addresses, out var problem) ? addresses : throw new FormatException(problem);

    public static bool TryParse(string? connectionString, [NotNullWhen(true)] out IReadOnlyList<string>? addresses, [NotNullWhen(false)] out string? problem)
    {
        addresses = null;
        problem = null;
        var found = new List<string>();
        foreach (var part in (connectionString ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            problem = Check(part);
            if (problem is not null)
            {
                problem = $"name server '{part}': {problem}; write addresses as 127.0.0.1:9876;127.0.0.1:9877";
                return false;
            }

            if (!found.Contains(part)) found.Add(part);
        }

        if (found.Count == 0)
        {
            problem = "the connection string names no name server; write addresses as 127.0.0.1:9876;127.0.0.1:9877";
            return false;
        }

        addresses = found;
        return true;
    }

    private static string? Check(string address)
    {
        if (address.Contains("://", StringComparison.Ordinal)) return "an address has no scheme";
        var colon = address.LastIndexOf(':');
        if (colon < 0) return "the port is missing";
        if (colon == 0) return "the host is missing";
        if (!int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
            return $"'{address[(colon + 1)..]}' is no port (1 to 65535)";
        var host = address.AsSpan(0, colon);
        if (host.IndexOfAny(" \t=/@") >= 0) return "the host is not an address";
        // An IPv6 address needs brackets, else nobody could tell its last group from a port.
        return host.Contains(':') && (host[0] != '[' || host[^1] != ']') ? "an IPv6 address needs brackets, as [::1]:9876" : null;
    }
}
