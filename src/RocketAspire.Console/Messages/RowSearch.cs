using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>A search under way, and what it has found so far.</summary>
public sealed class RowSearch : IDisposable
{
    /// <summary>More rows than that nobody leafs through; an export has all.</summary>
    public const int Most = 5000;

    private readonly Lock _gate = new();
    private readonly List<MessageRow> _rows = [];

    public LongWork Work { get; } = new();

    /// <summary>There are more than <see cref="Most"/>.</summary>
    public bool HasMore { get; private set; }

    public int Count
    {
        get
        {
            lock (_gate) return _rows.Count;
        }
    }

    public IReadOnlyList<MessageRow> Page(int page, int size)
    {
        lock (_gate) return [.. _rows.Skip(page * size).Take(size)];
    }

    /// <summary>Reads until the end, until it is stopped, or until there are enough.</summary>
    /// <param name="find">The messages; gets the token that stops it and what tells how far it is.</param>
    /// <param name="say">How an expected failure is told.</param>
    public Task RunAsync(Func<Action<Client.ScanProgress>, CancellationToken, IAsyncEnumerable<MessageRecord>> find, Func<Exception, string?> say) => Work.RunAsync(async stop =>
    {
        await foreach (var record in find(progress => Work.Advance(progress.Done, progress.Total), stop).ConfigureAwait(false))
        {
            lock (_gate)
            {
                HasMore = _rows.Count >= Most;
                if (HasMore) return;
                _rows.Add(new MessageRow(record));
            }

            Work.AddGood();
        }
    }, say);

    public void Dispose() => Work.Dispose();
}
