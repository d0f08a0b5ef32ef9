using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>
/// Sends messages. Thread-safe; one for a process is enough. A message that couldn't be sent is an exception; one that is stored but not safe is a
/// result that says so.
/// </summary>
public sealed class RocketMQProducer : IAsyncDisposable
{
    private readonly RocketMQProducerOptions _options;
    private readonly bool _ownsClient;
    private readonly ILogger _logger;
    private readonly MessagePacker _packer;
    private readonly MessageDispatch _dispatch;
    private readonly Transactions _transactions;
    private readonly Requests _requests;
    private readonly Member _member;
    private readonly MessageTracer? _tracer;
    private int _disposed;

    private RocketMQProducer(RocketMQProducerOptions options)
    {
        (Client, _ownsClient) = options.OpenClient(maxMessageBytes: options.MaxMessageBytes);
        _logger = (options.LoggerFactory ?? Client.LoggerFactory).CreateLogger<RocketMQProducer>();
        if (options.EnableMessageTrace)
        {
            _tracer = new MessageTracer(Client, options, "PRODUCE", _logger);
            options = options with { Observers = [.. options.Observers, _tracer] };
        }

        _options = options;
        var group = Namespaces.Wrap(options.Namespace, options.Group);
        _packer = new MessagePacker(options, Client.Ids);
        _dispatch = new MessageDispatch(Client, options, group, _logger);
        _transactions = new Transactions(Client, options, group, _logger);
        _requests = new Requests(Client, options, _packer, _dispatch);
        _member = new Member(group, _transactions);
        Client.Heartbeats.Answered += _dispatch.Faults.Answered;
    }

    /// <summary>What it works with; may be given to others.</summary>
    public RocketMQClient Client { get; }

    /// <summary>Without namespace.</summary>
    public string Group => _options.Group;

    /// <summary>Makes a producer. Brokers are met with the first message of a topic: an unreachable cluster shows there.</summary>
    /// <exception cref="ArgumentException">Neither name servers nor a client are given.</exception>
    /// <exception cref="InvalidOperationException">The client has a producer of this group already.</exception>
    public static async ValueTask<RocketMQProducer> StartAsync(RocketMQProducerOptions options, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var producer = new RocketMQProducer(options);
        try
        {
            producer.Client.Groups.Add(producer._member);
        }
        catch
        {
            if (producer._ownsClient) await producer.Client.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        // In a client that others use already, brokers are known.
        producer.Client.Heartbeats.BeatSoon();
        return producer;
    }

    /// <summary>Sends one message and waits until a broker has it as safe as its flush and replication modes promise.</summary>
    /// <exception cref="ArgumentException">No broker takes such a message.</exception>
    /// <exception cref="RocketMQTopicNotFoundException">Nobody knows the topic, nor makes it.</exception>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers, and nothing is known of the topic.</exception>
    /// <exception cref="RocketMQSendException">All attempts failed.</exception>
    /// <exception cref="RocketMQResponseException">A broker refused in a way that other brokers would repeat.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; the message may be stored all the same.</exception>
    public ValueTask<SendResult> SendAsync(RocketMQMessage message, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _dispatch.SendAsync(_packer.Pack(message), ChoiceOf(message), SendKind.Normal, cancellationToken);
    }

    /// <summary>Sends one message to one queue; a failed attempt is repeated there only.</summary>
    /// <inheritdoc cref="SendAsync(RocketMQMessage, CancellationToken)"/>
    public ValueTask<SendResult> SendAsync(RocketMQMessage message, MessageQueue queue, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        if (queue.Topic != message.Topic) throw new ArgumentException($"the queue is of topic {queue.Topic}, the message of {message.Topic}", nameof(queue));
        return _dispatch.SendAsync(_packer.Pack(message), QueueChoice.Of(queue), SendKind.Normal, cancellationToken);
    }

    /// <summary>Sends messages of one topic in one request: stored one behind the other in one queue, all or none. See <see cref="RocketMQBatch"/> for more than fit.</summary>
    /// <inheritdoc cref="SendAsync(RocketMQMessage, CancellationToken)"/>
    public ValueTask<SendResult> SendBatchAsync(IReadOnlyList<RocketMQMessage> messages, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _dispatch.SendAsync(_packer.Pack(messages), messages.Count == 0 ? QueueChoice.InTurn : ChoiceOf(messages[0]), SendKind.Batch, cancellationToken);
    }

    /// <summary>Sends and wants no answer: what became of the message isn't known. Tried elsewhere only when no connection could be made.</summary>
    /// <returns>The message's id (UNIQ_KEY).</returns>
    /// <inheritdoc cref="SendAsync(RocketMQMessage, CancellationToken)"/>
    public async ValueTask<string> SendOnewayAsync(RocketMQMessage message, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        var packed = _packer.Pack(message);
        await _dispatch.SendAsync(packed, ChoiceOf(message), SendKind.Oneway, cancellationToken).ConfigureAwait(false);
        return packed.Id;
    }

    /// <summary>
    /// Sends a message that nobody sees until its local part has said <see cref="TransactionState.Commit"/>. A local part that fails or doesn't
    /// know leaves it open: the broker asks <see cref="RocketMQProducerOptions.TransactionChecker"/>.
    /// </summary>
    /// <param name="message">Not delayed.</param>
    /// <param name="execute">The local part; gets the message's id. Not run when the half message isn't safe: it is rolled back then.</param>
    /// <param name="cancellationToken">Ends the waiting; what is open then, the broker asks for.</param>
    /// <exception cref="InvalidOperationException">There is no <see cref="RocketMQProducerOptions.TransactionChecker"/>.</exception>
    /// <inheritdoc cref="SendAsync(RocketMQMessage, CancellationToken)"/>
    public async ValueTask<TransactionResult> SendInTransactionAsync(
        RocketMQMessage message, Func<string, CancellationToken, ValueTask<TransactionState>> execute, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        if (_options.TransactionChecker is null) throw new InvalidOperationException("transactions need a TransactionChecker in the producer's options: brokers ask it what became of one");
        if (message.DelayLevel is not null || message.DeliverAt is not null || message.DeliverAfter is not null) throw new ArgumentException("a transactional message can't be delayed", nameof(message));
        var packed = _packer.Pack(message);
        packed.SysFlag |= MessageSysFlag.TransactionPrepared;
        packed.Properties.Add(new(MessageProperties.TransactionPrepared, "true"));
        packed.Properties.Add(new(MessageProperties.ProducerGroup, _member.Group));
        var half = await _dispatch.SendAsync(packed, ChoiceOf(message), SendKind.Transaction, cancellationToken).ConfigureAwait(false);
        var (state, error) = half.IsAcknowledged ? await ExecuteAsync(packed.Id, execute, cancellationToken).ConfigureAwait(false) : (TransactionState.Rollback, null);
        // The local part has happened: its outcome is told even to a caller that has given up.
        var told = await _transactions.EndAsync(message, half, state, CancellationToken.None).ConfigureAwait(false);
        return new(half, state, told, error);
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    /// <param name="request">The message; its consumer replies by <see cref="ReplyAsync"/>.</param>
    /// <param name="timeout">From the call to the reply.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQRequestTimeoutException">No reply in time.</exception>
    /// <inheritdoc cref="SendAsync(RocketMQMessage, CancellationToken)"/>
    public ValueTask<RocketMQReceivedMessage> RequestAsync(RocketMQMessage request, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _requests.AskAsync(request, timeout, cancellationToken);
    }

    /// <summary>Replies to a request that a consumer got.</summary>
    /// <exception cref="ArgumentException">The message is no request.</exception>
    /// <exception cref="RocketMQSendException">Nobody could pass the reply on; who asked may be gone.</exception>
    public ValueTask<SendResult> ReplyAsync(RocketMQReceivedMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _requests.ReplyAsync(request, body, cancellationToken);
    }

    /// <summary>The topic's queues that can be written, in order; empty when no name server knows the topic.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers, and nothing is known of the topic.</exception>
    public async ValueTask<IReadOnlyList<MessageQueue>> GetQueuesAsync(string topic, CancellationToken cancellationToken = default)
    {
        var queues = await Client.Routes.GetAsync(Namespaces.Wrap(_options.Namespace, topic), cancellationToken).ConfigureAwait(false);
        return queues is null ? [] : [.. queues.Writable.Select(queue => queue with { Topic = topic })];
    }

    /// <summary>Waits for sends under way, at most <see cref="RocketMQEndpointOptions.StopGrace"/>, and takes leave of the brokers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        try
        {
            await _dispatch.WhenIdleAsync().WaitAsync(_options.StopGrace, Client.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.SendsLeft(_logger, Group, _dispatch.InFlight, (long)_options.StopGrace.TotalMilliseconds);
        }

        if (_tracer is not null) await _tracer.DisposeAsync().ConfigureAwait(false);
        Client.Heartbeats.Answered -= _dispatch.Faults.Answered;
        Client.Groups.Remove(_member);
        await _transactions.DisposeAsync().ConfigureAwait(false);
        await Client.Heartbeats.UnregisterAsync(_member.Group, null, CancellationToken.None).ConfigureAwait(false);
        if (_ownsClient) await Client.DisposeAsync().ConfigureAwait(false);
    }

    private static QueueChoice ChoiceOf(RocketMQMessage message) => message.ShardingKey is { } key ? QueueChoice.ByKey(key) : QueueChoice.InTurn;

    private async ValueTask<(TransactionState State, Exception? Error)> ExecuteAsync(
        string id, Func<string, CancellationToken, ValueTask<TransactionState>> execute, CancellationToken cancellationToken)
    {
        try
        {
            return (await execute(id, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e)
        {
            Log.LocalTransactionFailed(_logger, id, e);
            return (TransactionState.Unknown, e);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);

    private sealed class Member(string group, Transactions transactions) : IProducerMember
    {
        public string Group => group;

        public void CheckTransaction(string brokerAddress, CheckTransactionStateRequestHeader header, RocketMQReceivedMessage half) => transactions.Ask(brokerAddress, header, half);
    }
}
