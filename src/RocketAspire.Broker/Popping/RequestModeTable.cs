using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>Which groups pull and which pop a topic. Written to config/messageRequestMode.json.</summary>
internal sealed class RequestModeTable(BrokerConfiguration configuration) : IReplicatedTable
{
    private ConcurrentDictionary<(string Topic, string Group), MessageRequestMode> _modes = new();

    public string FileName => "messageRequestMode.json";

    public event Action? Changed;

    public void Set(MessageRequestMode mode)
    {
        _modes[(mode.Topic, mode.ConsumerGroup)] = mode;
        Changed?.Invoke();
    }

    /// <summary>The group's mode, or the one for groups that nobody told. Retry topics of pulling consumers are always pulled.</summary>
    public MessageRequestMode Get(string topic, string group)
    {
        if (_modes.TryGetValue((topic, group), out var mode)) return mode;
        var options = configuration.Current.Pop;
        var isRetry = Protocol.Messages.PopTopics.IsRetry(topic);
        return new(topic, group, isRetry ? MessageRequestMode.Pull : options.DefaultMessageRequestMode, options.DefaultPopShareQueueNum);
    }

    public byte[] ToJson() => MessageRequestModes.Encode(_modes.Values);

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var modes = new ConcurrentDictionary<(string, string), MessageRequestMode>();
        foreach (var mode in MessageRequestModes.Decode(json)) modes[(mode.Topic, mode.ConsumerGroup)] = mode;
        _modes = modes;
        Changed?.Invoke();
    }
}
