using System.Security.Cryptography;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

public enum ExportFormat
{
    Csv,
    Json,
}

/// <summary>A file that a page has asked for and its browser fetches.</summary>
/// <param name="FileName">Under which it is kept.</param>
/// <param name="Format">How it is written.</param>
/// <param name="Messages">What is in it; gets the work, which it tells how far it is.</param>
/// <param name="Work">Told of on the page.</param>
public sealed record ExportOrder(string FileName, ExportFormat Format, Func<LongWork, IAsyncEnumerable<MessageRecord>> Messages, LongWork Work);

/// <summary>Where pages leave what is to be downloaded, and the download finds it, once. The address can't be guessed; what nobody fetches is forgotten.</summary>
public sealed class ExportDesk(TimeProvider time)
{
    private const int Most = 100;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (ExportOrder Order, DateTimeOffset Until)> _orders = new(StringComparer.Ordinal);

    /// <returns>The address to fetch it from.</returns>
    public string Leave(ExportOrder order)
    {
        var id = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var (old, kept) in _orders.ToList())
                if (kept.Until < now || _orders.Count >= Most) Drop(old, kept.Order);
            _orders[id] = (order, now + Kept);
        }

        return "/messages/export/" + id;
    }

    /// <summary>Null when it was fetched already, or too late.</summary>
    public ExportOrder? Take(string id)
    {
        lock (_gate) return _orders.Remove(id, out var found) && found.Until >= time.GetUtcNow() ? found.Order : null;
    }

    private void Drop(string id, ExportOrder order)
    {
        _orders.Remove(id);
        order.Work.Cancel();
    }
}
