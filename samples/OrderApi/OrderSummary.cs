using System.Text.Json;

namespace RocketAspire.Samples;

/// <summary>What all three services counted, asked of the others by the names that the AppHost gave them.</summary>
internal sealed class OrderSummary(HttpClient http, OrderBook book)
{
    public async Task<object> GatherAsync(CancellationToken cancellationToken)
    {
        // The latest first: an order that moves on meanwhile is then on its way, never missing at the front.
        var notified = await AskAsync("order-notifier", "notified", cancellationToken);
        var processed = await AskAsync("order-worker", "processed", cancellationToken);
        var accepted = book.Count;
        return new { accepted, processed, notified, onTheirWay = notified is { } told ? accepted - told : (long?)null };
    }

    /// <summary>Null: the service doesn't answer.</summary>
    private async Task<long?> AskAsync(string service, string counter, CancellationToken cancellationToken)
    {
        try
        {
            var stats = await http.GetFromJsonAsync<JsonElement>(new Uri($"http://{service}/stats"), cancellationToken);
            return stats.GetProperty(counter).GetInt64();
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or Polly.ExecutionRejectedException)
        {
            return null;
        }
    }
}
