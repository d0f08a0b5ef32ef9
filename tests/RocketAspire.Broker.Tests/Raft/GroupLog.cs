using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>What the nodes of a group said, in one list; a failed test shows it.</summary>
internal sealed class GroupLog : ILoggerFactory
{
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("it has no providers");

    public void Say(string line) => _lines.Enqueue($"{_watch.Elapsed.TotalMilliseconds,9:0.0} {line}");

    public void Dispose()
    {
        foreach (var line in _lines) TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    private sealed class Category(GroupLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Say($"{name} {formatter(state, exception)}{(exception is null ? "" : " " + exception.GetType().Name)}");
        }
    }
}
