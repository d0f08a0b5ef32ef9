using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Runs a round of checks every transactionCheckInterval, while this node takes writes. <see cref="Start"/> and <see cref="StopAsync"/> may follow each other as its role changes.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/transaction/TransactionalMessageCheckService.java</remarks>
internal sealed class TransactionCheckService : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly TransactionCheckRound _round;
    private readonly MessageWriter _writer;
    private readonly BrokerConfiguration _configuration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private CancellationTokenSource? _stop;
    private Task _loop = Task.CompletedTask;

    public TransactionCheckService(
        MessageStore store, MessageWriter writer, ReplicatedTables tables, ProducerTable producers, BrokerConfiguration configuration, TimeProvider time, ILogger logger)
    {
        _round = new(store, writer, tables, Table, new ProducerCheck(producers, logger), configuration, time, logger);
        _writer = writer;
        _configuration = configuration;
        _time = time;
        _logger = logger;
    }

    /// <summary>What is known of the open transactions.</summary>
    public TransactionTable Table { get; } = new();

    public void Start()
    {
        lock (_gate)
        {
            if (_stop is not null) return;
            _round.Prepare();
            _stop = new CancellationTokenSource();
            var token = _stop.Token;
            _loop = Task.Run(() => RunAsync(token), CancellationToken.None);
        }
    }

    /// <summary>Returns when no round runs any more; what was known of the log is forgotten.</summary>
    public async Task StopAsync()
    {
        CancellationTokenSource? stop;
        Task loop;
        lock (_gate)
        {
            stop = _stop;
            loop = _loop;
            _stop = null;
        }

        if (stop is null) return;
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        Table.Forget();
        stop.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Task.Delay(_configuration.Current.TransactionCheckInterval, _time, cancellationToken).ConfigureAwait(false);
                if (_writer.AcceptsWrites(out _)) _round.Run(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or FormatException or ObjectDisposedException)
            {
                // The next round looks again.
                Log.BackgroundFailed(_logger, "Checking transactions", e.Message, e);
            }
        }
    }
}
