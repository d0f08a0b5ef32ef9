using System.Diagnostics;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting.Tests;

/// <summary>
/// Measures, asserts nothing; not part of a normal run. Build the tests with <c>-c Release</c>, then
/// <c>RocketAspire.Remoting.Tests -explicit only -showliveoutput</c>.
/// </summary>
public sealed class RoundTripMeasurement
{
    [Theory(Explicit = true)]
    [InlineData(1, 0, SerializeType.Json)]
    [InlineData(64, 0, SerializeType.Json)]
    [InlineData(64, 0, SerializeType.RocketMQ)]
    [InlineData(64, 1024, SerializeType.Json)]
    [InlineData(512, 0, SerializeType.Json)]
    public async Task Round_trips_a_second(int inFlight, int bodyBytes, SerializeType type)
    {
        await using var loop = await Loopback.StartAsync();
        var body = new byte[bodyBytes];
        await RunAsync(TimeSpan.FromSeconds(1));
        var allocated = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var count = await RunAsync(TimeSpan.FromSeconds(4));
        var perSecond = count / watch.Elapsed.TotalSeconds;
        var bytes = (GC.GetTotalAllocatedBytes() - allocated) / count;
        TestContext.Current.TestOutputHelper!.WriteLine($"{inFlight} in flight, {bodyBytes} B bodies, {type}: {perSecond:N0} round trips/s, {bytes} B allocated each (both sides)");

        async Task<long> RunAsync(TimeSpan duration)
        {
            var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
            var counts = await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
            {
                var done = 0L;
                while (Stopwatch.GetTimestamp() < end)
                {
                    var fields = new ExtFields { { "b", "BenchmarkTest" }, { "e", "3" }, { "f", "0" } };
                    await loop.InvokeAsync(new RemotingCommand { Code = Loopback.Echo, SerializeType = type, ExtFields = fields, Body = body });
                    done++;
                }

                return done;
            })));
            return counts.Sum();
        }
    }
}
