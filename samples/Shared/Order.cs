using System.Text.Json;

namespace RocketAspire.Samples;

/// <summary>An order as it travels between the services.</summary>
/// <param name="Customer">Whose orders are worked on one after the other.</param>
/// <param name="Number">Of the customer's orders, from 1 without a gap: by it each service knows what it lacks.</param>
/// <param name="Id">Made anew for each attempt to order, so that one that failed is never taken for the next.</param>
/// <param name="Item">What is ordered.</param>
internal sealed record Order(string Customer, long Number, string Id, string Item)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Null when the bytes are no order.</summary>
    public static Order? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<Order>(bytes) is { Customer.Length: > 0, Number: > 0, Id.Length: > 0 } order ? order : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
