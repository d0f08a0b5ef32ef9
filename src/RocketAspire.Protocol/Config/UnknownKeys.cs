using System.Globalization;

namespace RocketAspire.Protocol.Config;

/// <summary>What to say about keys that no broker reads: old spellings, folders that can't be chosen any more, typing mistakes.</summary>
public static class UnknownKeys
{
    private const string FollowsRoot = "is ignored since 4.7: the place follows from storePathRootDir; leave the line out";

    /// <summary>
    /// What to write instead of a key that isn't read, in one line.
    /// Source of the spellings: <c>https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/config/MessageStoreConfig.java</c>.
    /// </summary>
    public static string Explain(string key, string value)
    {
        switch (key)
        {
            case "mapedFileSizeCommitLog":
                return $"is ignored: the key is spelt mappedFileSizeCommitLog now; write mappedFileSizeCommitLog={value.Trim()}";
            case "mapedFileSizeConsumeQueue":
                return long.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var entries) && entries < int.MaxValue / 20
                    ? $"is ignored: it counted entries, mappedFileSizeConsumeQueue counts bytes (20 an entry); write mappedFileSizeConsumeQueue={entries * 20}"
                    : "is ignored: it counted entries, mappedFileSizeConsumeQueue counts bytes (20 an entry)";
            case "storePathConsumeQueue":
            case "storePathIndex":
            case "storeCheckpoint":
            case "abortFile":
                return FollowsRoot;
            case "checkTransactionMessageEnable":
                return "is ignored since 4.3: transactions are always checked; leave the line out";
        }
        var near = Nearest(key, BrokerConf.Declared.Concat(BrokerConf.Undeclared).Select(k => k.Name));
        return near is null ? "is not known: no broker reads it" : $"is not known; did you mean {near}?";
    }

    /// <summary>The name that a person most likely meant, or null when none is near enough.</summary>
    public static string? Nearest(string word, IEnumerable<string> names)
    {
        string? best = null;
        var limit = Math.Max(1, word.Length / 4) + 1;
        foreach (var name in names)
        {
            if (Math.Abs(name.Length - word.Length) >= limit) continue;
            var distance = string.Equals(name, word, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word, name);
            if (distance >= limit) continue;
            limit = distance;
            best = name;
        }
        return best;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other, letter case aside.</summary>
    private static int Distance(string a, string b)
    {
        var before = new int[b.Length + 1];
        var last = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = Same(a[i - 1], b[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1])) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[b.Length];
    }

    private static bool Same(char x, char y) => char.ToLowerInvariant(x) == char.ToLowerInvariant(y);
}
