using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Store;

namespace RocketAspire.Benchmarks;

/// <summary>A store in a temporary folder, new for each iteration so that the disk holds no more than one iteration's bytes.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Throughput, warmupCount: 2, iterationCount: 10, invocationCount: 1)]
public abstract class StoreBenchmark
{
    /// <summary>Messages of 1 KiB an iteration: about 130 MB of log.</summary>
    protected const int Messages = 100_000;

    private string _folder = "";

    protected MessageStore Store { get; private set; } = null!;

    protected void Open(ConfirmMode confirm)
    {
        _folder = Directory.CreateTempSubdirectory("rocketaspire-bench-").FullName;
        var options = new StoreOptions { RootDirectory = _folder, Flush = FlushDiskType.Async, Confirm = confirm };
        Store = MessageStore.OpenAsync(options, new FileSystemDevice(), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None).GetAwaiter().GetResult();
    }

    [IterationCleanup]
    public void Close()
    {
        Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Appends alone: nothing is dispatched, nobody waits for the disk.</summary>
public class AppendBenchmarks : StoreBenchmark
{
    [Params(1, 32)]
    public int BatchSize { get; set; }

    [IterationSetup]
    public void Setup() => Open(ConfirmMode.Manual);

    [Benchmark(OperationsPerInvoke = Messages)]
    public void Append()
    {
        var batch = Enumerable.Range(0, BatchSize).Select(static _ => Samples.Record()).ToArray();
        for (var done = 0; done < Messages; done += BatchSize)
        {
            var result = BatchSize == 1 ? Store.Append(batch[0]) : Store.AppendBatch(batch);
            if (!result.IsOk) throw new InvalidOperationException(result.Status.ToString());
        }
    }
}

/// <summary>From the log to queues, index and the news of arrival.</summary>
public class DispatchBenchmarks : StoreBenchmark
{
    private readonly ManualResetEventSlim _all = new();
    private int _arrived;

    [IterationSetup]
    public void Setup()
    {
        Open(ConfirmMode.Manual);
        _arrived = 0;
        _all.Reset();
        Store.Arrived += _ =>
        {
            if (++_arrived == Messages) _all.Set();
        };
        for (var i = 0; i < Messages; i++) Store.Append(Samples.Record(i % 8));
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public void Dispatch()
    {
        Store.SetConfirmOffset(Store.MaxPhysicalOffset);
        if (!_all.Wait(TimeSpan.FromMinutes(1))) throw new TimeoutException($"{_arrived} of {Messages} messages were dispatched within a minute");
    }
}

/// <summary>Pulls of 32 messages from a queue whose records lie side by side or among those of seven others.</summary>
public class PullBenchmarks : StoreBenchmark
{
    private const int PullSize = 32;

    [Params(1, 8)]
    public int Queues { get; set; }

    [IterationSetup]
    public void Setup()
    {
        Open(ConfirmMode.Manual);
        for (var i = 0; i < Messages; i++) Store.Append(Samples.Record(i % Queues));
        Store.SetConfirmOffset(Store.MaxPhysicalOffset);
        if (!SpinWait.SpinUntil(() => Store.QueueBounds("BenchmarkTest", Queues - 1).Max == Messages / Queues, TimeSpan.FromMinutes(1))) throw new TimeoutException("the messages were not dispatched within a minute");
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public void Pull()
    {
        for (var queue = 0; queue < Queues; queue++)
        {
            for (long offset = 0; offset < Messages / Queues;)
            {
                var read = Store.ReadQueue("BenchmarkTest", queue, offset, PullSize, 256 * 1024, null);
                if (read.Status != QueueReadStatus.Found) throw new InvalidOperationException(read.Status.ToString());
                offset = read.NextBeginOffset;
            }
        }
    }
}
