namespace RocketAspire.Samples;

/// <summary>Customers that order without end, so that there is something to watch.</summary>
internal sealed class OrderLoad(OrderDesk desk) : BackgroundService
{
    private const int Customers = 8;

    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    private static readonly string[] Items = ["bicycle", "kettle", "lamp", "notebook", "umbrella"];

    private double _perSecond;

    /// <summary>Of all customers together; 0: none.</summary>
    public double PerSecond
    {
        get => Volatile.Read(ref _perSecond);
        set => Volatile.Write(ref _perSecond, value);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(1, Customers).Select(number => OrderAsync($"customer-{number}", stoppingToken)));

    private async Task OrderAsync(string customer, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var rate = PerSecond;
                await Task.Delay(rate > 0 ? TimeSpan.FromSeconds(Customers / rate) : Idle, stoppingToken);
                if (rate > 0) await desk.PlaceAsync(new NewOrder(customer, Items[Random.Shared.Next(Items.Length)]), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }
}
