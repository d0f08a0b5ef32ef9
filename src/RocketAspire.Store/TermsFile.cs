using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace RocketAspire.Store;

/// <summary>
/// Keeps the terms beside the log: their marker records go with old log files, and may be damaged as any record may.
/// Lines of "term startOffset", then the CRC-32 of all before it in hexadecimal.
/// </summary>
/// <remarks>Written before each mark whose terms are new, so it is complete up to the restart point; what it says of places behind that is not to be believed.</remarks>
internal sealed class TermsFile(IStorageDevice device, string path, TermTable terms)
{
    private readonly StateFile _file = new(path, device);
    private IReadOnlyList<TermEntry>? _written;

    /// <param name="isWhole">False: it isn't there, or is damaged; what is given then is older.</param>
    public IReadOnlyList<TermEntry> Read(out bool isWhole)
    {
        isWhole = false;
        if (Parse(_file.Read()) is { } entries)
        {
            isWhole = true;
            return entries;
        }

        return Parse(_file.ReadBackup()) ?? [];
    }

    /// <summary>Durable when it returns; does nothing when it says so already.</summary>
    public void Write()
    {
        var entries = terms.Entries;
        if (ReferenceEquals(entries, _written) || (_written is null && entries.Count == 0)) return;
        var text = new StringBuilder();
        foreach (var (term, start) in entries) text.Append(CultureInfo.InvariantCulture, $"{term} {start}\n");
        var crc = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(text.ToString()));
        _file.Write(Encoding.ASCII.GetBytes(text.Append(CultureInfo.InvariantCulture, $"{crc:x8}\n").ToString()));
        _written = entries;
    }

    private static List<TermEntry>? Parse(byte[]? content)
    {
        const int CrcLine = 9;
        if (content is null || content.Length < CrcLine || content[^1] != '\n') return null;
        var lines = content.AsSpan(0, content.Length - CrcLine);
        if (!uint.TryParse(content.AsSpan(lines.Length, CrcLine - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc) || crc != Crc32.HashToUInt32(lines)) return null;
        var entries = new List<TermEntry>();
        foreach (var line in Encoding.ASCII.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || !int.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, out var term) || !long.TryParse(line.AsSpan(space + 1), CultureInfo.InvariantCulture, out var start)) return null;
            entries.Add(new TermEntry(term, start));
        }

        return entries;
    }
}
