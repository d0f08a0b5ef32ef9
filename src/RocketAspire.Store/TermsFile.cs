using System.Globalization;
using System.Text;

namespace RocketAspire.Store;

/// <summary>Keeps terms whose marker records went with old log files: lines of "term startOffset".</summary>
internal sealed class TermsFile(IStorageDevice device, string path)
{
    private readonly StateFile _file = new(path, device);

    public IEnumerable<TermEntry> Read()
    {
        foreach (var line in Encoding.ASCII.GetString(_file.Read() ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && int.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, out var term) && long.TryParse(line.AsSpan(space + 1), CultureInfo.InvariantCulture, out var start))
            {
                yield return new TermEntry(term, start);
            }
        }
    }

    /// <summary>Durable when it returns. Only those before the offset are kept: the others stand in the log.</summary>
    public void Write(TermTable terms, long before)
    {
        var text = new StringBuilder();
        foreach (var (term, start) in terms.Entries)
        {
            if (start < before) text.Append(CultureInfo.InvariantCulture, $"{term} {start}\n");
        }

        if (text.Length > 0 || _file.Read() is not null) _file.Write(Encoding.ASCII.GetBytes(text.Append('\n').ToString()));
    }
}
