using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>A producer as brokers see it.</summary>
internal interface IProducerMember
{
    /// <summary>With namespace.</summary>
    string Group { get; }

    /// <summary>A broker asks what became of a transaction. Must not wait.</summary>
    void CheckTransaction(string brokerAddress, CheckTransactionStateRequestHeader header, RocketMQReceivedMessage half);
}

/// <summary>A consumer as brokers see it.</summary>
internal interface IConsumerMember
{
    /// <summary>With namespace.</summary>
    string Group { get; }

    ConsumerData Describe();

    /// <summary>Somebody joined or left the group. Must not wait.</summary>
    void GroupChanged();

    /// <summary>Queues go on from other places.</summary>
    ValueTask ResetOffsetsAsync(string topic, IReadOnlyDictionary<MessageQueue, long> offsets, CancellationToken cancellationToken);

    /// <summary>Where it stands in the topic's queues.</summary>
    IReadOnlyDictionary<MessageQueue, long> Offsets(string topic);

    ConsumerRunningInfo RunningInfo();

    /// <summary>Consumes one message that an operator picked, beside the usual way. Null: this kind of consumer has no handler.</summary>
    ValueTask<ConsumeMessageDirectlyResult?> ConsumeDirectlyAsync(MessageRecord record, string brokerName, CancellationToken cancellationToken);
}

/// <summary>The groups that live in one client, each once.</summary>
internal sealed class ClientGroups
{
    private readonly ConcurrentDictionary<string, IProducerMember> _producers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IConsumerMember> _consumers = new(StringComparer.Ordinal);

    public bool HasConsumers => !_consumers.IsEmpty;

    public bool IsEmpty => _consumers.IsEmpty && _producers.IsEmpty;

    public IProducerMember? Producer(string group) => _producers.GetValueOrDefault(group);

    public IConsumerMember? Consumer(string group) => _consumers.GetValueOrDefault(group);

    /// <exception cref="InvalidOperationException">The group has a producer in this client already.</exception>
    public void Add(IProducerMember producer)
    {
        if (!_producers.TryAdd(producer.Group, producer)) throw Twice("producer", producer.Group);
    }

    /// <exception cref="InvalidOperationException">The group has a consumer in this client already.</exception>
    public void Add(IConsumerMember consumer)
    {
        if (!_consumers.TryAdd(consumer.Group, consumer)) throw Twice("consumer", consumer.Group);
    }

    public void Remove(IProducerMember producer) => _producers.TryRemove(new(producer.Group, producer));

    public void Remove(IConsumerMember consumer) => _consumers.TryRemove(new(consumer.Group, consumer));

    public HeartbeatData Describe(string clientId) => new()
    {
        ClientId = clientId,
        Producers = [.. _producers.Keys],
        Consumers = [.. _consumers.Values.Select(static consumer => consumer.Describe())],
    };

    private static InvalidOperationException Twice(string what, string group) =>
        new($"this client has a {what} of group {group} already: brokers tell members of a group apart by their client, so give each a client of its own");
}
