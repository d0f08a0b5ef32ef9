namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>What must hold at the end, whatever happened in between.</summary>
internal static class Verdict
{
    /// <summary>Every acknowledged message was read where its answer said, and each sender's messages are in each queue in the order in which they were acknowledged.</summary>
    public static async Task NothingLostAsync(Producers producers, Consumers consumers)
    {
        await consumers.CaughtUpAsync(producers.Acknowledged);
        var wrong = producers.Acknowledged.Where(a => consumers.Read[a.Key] != a.Value.Text).Select(a => $"at {a.Key} stands {consumers.Read[a.Key]}, not {a.Value.Text}").ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {producers.Count} acknowledged messages: {string.Join("; ", wrong.Take(5))}");
        foreach (var line in producers.Acknowledged.GroupBy(a => (a.Key.Broker, a.Key.Queue, a.Value.Sender)))
        {
            var numbers = line.OrderBy(a => a.Key.Offset).Select(a => a.Value.Number).ToList();
            Assert.True(numbers.SequenceEqual(numbers.Order()), $"messages of sender {line.Key.Sender} changed their order in queue {line.Key.Queue} of {line.Key.Broker}");
        }
    }
}
