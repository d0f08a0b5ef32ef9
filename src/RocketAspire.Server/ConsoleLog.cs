using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Server;

/// <summary>Logs one line an event to stdout. A reader that stalls never stalls the server: beyond a few thousand waiting lines, new ones are dropped and counted.</summary>
/// <remarks>The framework's console logger brings options, configuration and dependency injection along, which cost more start time than all of this.</remarks>
internal sealed class ConsoleLog : ILoggerFactory, IAsyncDisposable
{
    private const int MaxWaitingLines = 4096;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Channel<string> _lines;
    private readonly Task _writing;
    private readonly LogLevel _level;
    private long _dropped;
    private volatile ILoggerProvider? _also;

    public ConsoleLog(LogLevel level)
    {
        _level = level;
        _lines = Channel.CreateBounded<string>(
            new BoundedChannelOptions(MaxWaitingLines) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
        _writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new CategoryLog(this, categoryName);

    /// <summary>From now on each event goes there too; one such provider, the last one given.</summary>
    public void AddProvider(ILoggerProvider provider) => _also = provider;

    /// <summary>A line of its own, without level and time.</summary>
    public void Say(string line) => _lines.Writer.TryWrite(line);

    /// <summary>Writes what still waits, for at most a second.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(LastWords)).ConfigureAwait(false);
    }

    void IDisposable.Dispose() => _lines.Writer.TryComplete();

    private async Task WriteAsync()
    {
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = false };
        try
        {
            while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_lines.Reader.TryRead(out var line)) output.WriteLine(line);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) output.WriteLine($"({dropped} log lines dropped: the reader was too slow)");
                await output.FlushAsync().ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // Nobody reads any more; the server goes on without its log.
            _lines.Writer.TryComplete();
        }
    }

    private sealed class CategoryLog(ConsoleLog log, string name) : ILogger
    {
        private readonly string _category = name[(name.LastIndexOf('.') + 1)..];
        private Second? _also;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log._level;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            Also()?.Log(logLevel, eventId, state, exception, formatter);
            var now = DateTime.Now.ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);
            var text = formatter(state, exception).ReplaceLineEndings(" ");
            var cause = exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")})";
            log._lines.Writer.TryWrite($"{now} {Name(logLevel)} {_category} - {text}{cause}");
        }

        private ILogger? Also()
        {
            if (log._also is not { } provider) return null;
            var known = _also;
            if (known?.Provider != provider) _also = known = new Second(provider, provider.CreateLogger(name));
            return known.Logger;
        }

        private sealed record Second(ILoggerProvider Provider, ILogger Logger);

        private static string Name(LogLevel level) => level switch
        {
            LogLevel.Critical or LogLevel.Error => "ERROR",
            LogLevel.Warning => "WARN",
            LogLevel.Information => "INFO",
            _ => "DEBUG",
        };
    }
}
