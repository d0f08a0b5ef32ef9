using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using WireId = RocketAspire.Protocol.Messages.MessageId;

namespace RocketAspire.Client;

/// <summary>Ends transactions, and answers brokers that ask what became of one. What can't be answered now is dropped: brokers ask again.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/impl/producer/DefaultMQProducerImpl.java</remarks>
internal sealed class Transactions : IAsyncDisposable
{
    // Apache: checkRequestHoldMax.
    private const int MaxWaitingChecks = 2000;

    private readonly RocketMQClient _client;
    private readonly RocketMQProducerOptions _options;
    private readonly string _group;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Check> _checks = Channel.CreateBounded<Check>(MaxWaitingChecks);
    private readonly Task _checking;

    public Transactions(RocketMQClient client, RocketMQProducerOptions options, string group, ILogger logger)
    {
        _client = client;
        _options = options;
        _group = group;
        _logger = logger;
        _checking = options.TransactionChecker is null ? Task.CompletedTask : Task.Run(CheckAllAsync);
    }

    /// <summary>Tells the half message's broker. False: it didn't take note, and will ask.</summary>
    public async ValueTask<bool> EndAsync(RocketMQMessage message, SendResult half, TransactionState state, CancellationToken cancellationToken)
    {
        // The half message stands on the broker that answered, even when that isn't the route's master any more.
        if (!WireId.TryParse(half.OffsetMessageId, out _, out var physicalOffset)) return false;
        var broker = half.Queue.BrokerName;
        var header = new EndTransactionRequestHeader
        {
            ProducerGroup = _group,
            TranStateTableOffset = half.QueueOffset,
            CommitLogOffset = physicalOffset,
            CommitOrRollback = FlagOf(state),
            MsgId = half.MessageId,
            TransactionId = half.TransactionId,
        };
        var reason = "the group has no master";
        if (_client.Routes.MasterOf(broker) is { } address)
        {
            Observe(new(_group, half.Queue.Topic, half.MessageId, message.Tag, message.Keys, address, half.TransactionId, state, FromCheck: false));
            reason = await TellAsync(address, header, cancellationToken).ConfigureAwait(false);
            if (reason is null) return true;
        }

        Log.EndNotDelivered(_logger, half.MessageId, state.ToString(), broker, reason);
        return false;
    }

    /// <summary>A broker asks. Never waits.</summary>
    public void Ask(string brokerAddress, CheckTransactionStateRequestHeader header, RocketMQReceivedMessage half)
    {
        if (_options.TransactionChecker is null) Log.CheckNotAnswered(_logger, brokerAddress, half.MessageId, "the producer has no TransactionChecker");
        else if (!_checks.Writer.TryWrite(new(brokerAddress, header, half))) Log.CheckNotAnswered(_logger, brokerAddress, half.MessageId, $"{MaxWaitingChecks} questions wait already");
    }

    public async ValueTask DisposeAsync()
    {
        _checks.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        // A checker that doesn't heed its token isn't waited for.
        await Task.WhenAny(_checking, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
    }

    private async Task CheckAllAsync()
    {
        try
        {
            await foreach (var check in _checks.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false)) await AnswerAsync(check).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task AnswerAsync(Check check)
    {
        var state = TransactionState.Unknown;
        try
        {
            state = await _options.TransactionChecker!(check.Half, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.LocalTransactionFailed(_logger, check.Half.MessageId, e);
        }

        var header = new EndTransactionRequestHeader
        {
            ProducerGroup = _group,
            TranStateTableOffset = check.Header.TranStateTableOffset,
            CommitLogOffset = check.Header.CommitLogOffset,
            CommitOrRollback = FlagOf(state),
            FromTransactionCheck = true,
            MsgId = check.Half.Property(MessageProperties.UniqKey) ?? check.Header.MsgId ?? "",
            TransactionId = check.Header.TransactionId,
        };
        Observe(new(_group, check.Half.Topic, header.MsgId, check.Half.Tag, check.Half.Keys, check.Address, check.Header.TransactionId, state, FromCheck: true));
        if (await TellAsync(check.Address, header, _stop.Token).ConfigureAwait(false) is { } reason)
            Log.EndNotDelivered(_logger, header.MsgId, state.ToString(), check.Address, reason);
    }

    /// <summary>Null when the broker has taken note, else why not. Apache asks for no answer here; brokers give one when asked, but not to an open one.</summary>
    private async ValueTask<string?> TellAsync(string address, EndTransactionRequestHeader header, CancellationToken cancellationToken)
    {
        try
        {
            var request = new RemotingCommand { Code = RequestCode.EndTransaction, ExtFields = header.ToExtFields(), SerializeType = _client.Connection.Options.SerializeType };
            if (header.CommitOrRollback == MessageSysFlag.TransactionNot)
            {
                await _client.Connection.TellAsync(address, request, cancellationToken).ConfigureAwait(false);
                return null;
            }

            var answer = await _client.Connection.AskAsync(address, request, cancellationToken).ConfigureAwait(false);
            return answer.Code == ResponseCode.Success ? null : $"code {answer.Code}, {answer.Remark}";
        }
        catch (Exception e) when (Failures.IsTransport(e) || e is OperationCanceledException or ObjectDisposedException)
        {
            return e.Message;
        }
    }

    private void Observe(TransactionEndObservation end)
    {
        foreach (var observer in _options.Observers) observer.EndingTransaction(end);
    }

    private static int FlagOf(TransactionState state) => state switch
    {
        TransactionState.Commit => MessageSysFlag.TransactionCommit,
        TransactionState.Rollback => MessageSysFlag.TransactionRollback,
        _ => MessageSysFlag.TransactionNot,
    };

    private sealed record Check(string Address, CheckTransactionStateRequestHeader Header, RocketMQReceivedMessage Half);
}
