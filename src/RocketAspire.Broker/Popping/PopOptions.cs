using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Broker;

/// <summary>What popping goes by. Defaults are those of Apache 5.3; each property is named after its key in broker.conf.</summary>
public sealed record PopOptions
{
    /// <summary>Queues of the revive log. May grow, but not shrink while messages are invisible. Read at the start.</summary>
    public int ReviveQueueNum { get; init; } = 8;

    /// <summary>Pops that may wait for one queue of one group.</summary>
    public int PopPollingSize { get; init; } = 1024;

    /// <summary>Pops that may wait in all.</summary>
    public long MaxPopPollingSize { get; init; } = 100_000;

    /// <summary>Percent of pops that look into the retry topic first; the others look there when they have room left.</summary>
    public int PopFromRetryProbability { get; init; } = 20;

    /// <summary>New retry topics are named in the newer form.</summary>
    public bool EnableRetryTopicV2 { get; init; }

    /// <summary>With <see cref="EnableRetryTopicV2"/>, those in the older form are still read.</summary>
    public bool RetrieveMessageFromPopRetryTopicV1 { get; init; } = true;

    /// <summary>Messages from a retry topic are handed out under its name, not under the normal topic's.</summary>
    public bool PopResponseReturnActualRetryTopic { get; init; }

    public bool EnablePopMessageThreshold { get; init; }

    /// <summary>With <see cref="EnablePopMessageThreshold"/>: a queue with more invisible messages gives no more to the group.</summary>
    public long PopInflightMessageThreshold { get; init; } = 10_000;

    /// <summary>A new group that wants the last message gets all of a queue whose first is still recent.</summary>
    public bool InitPopOffsetByCheckMsgInMem { get; init; } = true;

    /// <summary>PULL or POP for groups that nobody told.</summary>
    public string DefaultMessageRequestMode { get; init; } = MessageRequestMode.Pull;

    public int DefaultPopShareQueueNum { get; init; } = -1;

    /// <summary>Off: each consumer is told all queues.</summary>
    public bool ServerLoadBalancerEnable { get; init; } = true;

    /// <summary>How long after its time a message is still left to its consumer: an acknowledgement may be on its way. As long as Apache's broker waits at least; no key in broker.conf.</summary>
    public TimeSpan ReviveGrace { get; init; } = TimeSpan.FromSeconds(1);

    public static PopOptions Read(BrokerSettings settings) => new()
    {
        ReviveQueueNum = settings.Get(BrokerConf.ReviveQueueNum),
        PopPollingSize = settings.Get(BrokerConf.PopPollingSize),
        MaxPopPollingSize = settings.Get(BrokerConf.MaxPopPollingSize),
        PopFromRetryProbability = settings.Get(BrokerConf.PopFromRetryProbability),
        EnableRetryTopicV2 = settings.Get(BrokerConf.EnableRetryTopicV2),
        RetrieveMessageFromPopRetryTopicV1 = settings.Get(BrokerConf.RetrieveMessageFromPopRetryTopicV1),
        PopResponseReturnActualRetryTopic = settings.Get(BrokerConf.PopResponseReturnActualRetryTopic),
        EnablePopMessageThreshold = settings.Get(BrokerConf.EnablePopMessageThreshold),
        PopInflightMessageThreshold = settings.Get(BrokerConf.PopInflightMessageThreshold),
        InitPopOffsetByCheckMsgInMem = settings.Get(BrokerConf.InitPopOffsetByCheckMsgInMem),
        DefaultMessageRequestMode = settings.Get(BrokerConf.DefaultMessageRequestMode),
        DefaultPopShareQueueNum = settings.Get(BrokerConf.DefaultPopShareQueueNum),
        ServerLoadBalancerEnable = settings.Get(BrokerConf.ServerLoadBalancerEnable),
    };
}
