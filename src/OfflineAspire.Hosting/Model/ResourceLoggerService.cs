using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What each resource wrote: its process's output and what the orchestrator says about it.</summary>
public class ResourceLoggerService : IDisposable
{
    private const int BacklogLines = 2_000;

    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly OfflineAspire.SecretMask _secrets;
    private readonly ILoggerFactory? _forward;

    public ResourceLoggerService() : this(new(), null) { }

    internal ResourceLoggerService(OfflineAspire.SecretMask secrets, ILoggerFactory? forward)
    {
        _secrets = secrets;
        _forward = forward;
    }

    public ILogger GetLogger(IResource resource) => LogOf(resource.ResourceId());

    public ILogger GetLogger(string resourceName) => LogOf(resourceName);

    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource) => GetAllAsync(resource.ResourceId());

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) => WatchAsync(resource.ResourceId());

    /// <summary>The lines kept so far (the last 2,000), then it ends.</summary>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        IReadOnlyList<TimedLine> lines = LogOf(resourceName).Backlog();
        await Task.CompletedTask.ConfigureAwait(false);
        if (lines.Count > 0)
        {
            yield return [.. lines.Select(l => l.Line)];
        }
    }

    /// <summary>The lines kept so far, then new ones until the log is completed.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => WithoutTimesAsync(LogOf(resourceName).WatchAsync());

    public void Complete(IResource resource) => Complete(resource.ResourceId());

    public void Complete(string name) => LogOf(name).Complete();

    public void ClearBacklog(string resourceName) => LogOf(resourceName).Clear();

    public void Dispose()
    {
        foreach (ResourceLog log in _logs.Values)
        {
            log.Complete();
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>As <see cref="WatchAsync(string)"/>, with the time at which each line came.</summary>
    internal IAsyncEnumerable<IReadOnlyList<TimedLine>> WatchTimedAsync(string resourceName) => LogOf(resourceName).WatchAsync();

    internal IReadOnlyList<TimedLine> Backlog(string resourceName) => LogOf(resourceName).Backlog();

    internal void Write(IResource resource, string line, bool isError) => LogOf(resource.ResourceId()).Append(line, isError);

    private static async IAsyncEnumerable<IReadOnlyList<LogLine>> WithoutTimesAsync(
        IAsyncEnumerable<IReadOnlyList<TimedLine>> watched, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (IReadOnlyList<TimedLine> lines in watched.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return [.. lines.Select(l => l.Line)];
        }
    }

    private ResourceLog LogOf(string name) => _logs.GetOrAdd(name, static (n, self) =>
        new ResourceLog(self._secrets, self._forward?.CreateLogger("Aspire.Hosting.Resources." + n)), this);

    private sealed class ResourceLog(OfflineAspire.SecretMask secrets, ILogger? forward) : ILogger
    {
        private readonly Queue<TimedLine> _backlog = new();
        private readonly List<Channel<TimedLine>> _watchers = [];
        private readonly Lock _gate = new();
        private int _lastLine;
        private bool _complete;

        public void Append(string text, bool isError)
        {
            string masked = secrets.Apply(text);
            lock (_gate)
            {
                var line = new TimedLine(new LogLine(++_lastLine, masked, isError), DateTime.UtcNow);
                if (_backlog.Count == BacklogLines)
                {
                    _backlog.Dequeue();
                }
                _backlog.Enqueue(line);
                _watchers.ForEach(w => w.Writer.TryWrite(line));
            }
            if (forward is not null)
            {
                OfflineAspire.Log.ResourceLine(forward, masked);
            }
        }

        public IReadOnlyList<TimedLine> Backlog()
        {
            lock (_gate)
            {
                return [.. _backlog];
            }
        }

        public async IAsyncEnumerable<IReadOnlyList<TimedLine>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            // A slow watcher loses the oldest lines instead of holding all of them in memory.
            var channel = Channel.CreateBounded<TimedLine>(new BoundedChannelOptions(2 * BacklogLines) { FullMode = BoundedChannelFullMode.DropOldest });
            lock (_gate)
            {
                foreach (TimedLine line in _backlog)
                {
                    channel.Writer.TryWrite(line);
                }
                if (_complete)
                {
                    channel.Writer.Complete();
                }
                _watchers.Add(channel);
            }
            try
            {
                while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var batch = new List<TimedLine>();
                    while (channel.Reader.TryRead(out TimedLine line))
                    {
                        batch.Add(line);
                    }
                    yield return batch;
                }
            }
            finally
            {
                lock (_gate)
                {
                    _watchers.Remove(channel);
                }
            }
        }

        public void Complete()
        {
            lock (_gate)
            {
                _complete = true;
                _watchers.ForEach(w => w.Writer.TryComplete());
            }
        }

        public void Clear()
        {
            lock (_gate)
            {
                _backlog.Clear();
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                string text = formatter(state, exception) + (exception is null ? "" : $" ({exception.Message})");
                Append(text, logLevel >= LogLevel.Error);
            }
        }
    }
}

/// <summary>A line and when it came, UTC.</summary>
internal readonly record struct TimedLine(LogLine Line, DateTime At);
