namespace RocketAspire.Console.Text;

/// <summary>The Chinese texts of all that has to do with messages.</summary>
internal static class ChineseMessages
{
    public static IReadOnlyDictionary<string, string> Texts { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // Trace.
        ["Brokers: this in broker.conf, and a new start (where topics are made by themselves it isn't needed)"] = "Broker：在 broker.conf 中加入以下配置并重启（允许自动创建主题时不需要）",
        ["Consumed"] = "消费",
        ["Consumer group"] = "消费组",
        ["Java, 4.4 and later:"] = "Java 4.4 及以上：",
        ["Its producer doesn't trace: only consumption is told."] = "其生产者未开启轨迹：只有消费记录。",
        ["Message id or key"] = "消息 ID 或 Key",
        ["Messages that were sent before that have none."] = "在此之前发送的消息没有轨迹。",
        ["Messages with this key"] = "带有该 Key 的消息",
        ["No consumer has told of it: none that traces has got it yet."] = "没有消费记录：开启轨迹的消费者还没有收到它。",
        ["No trace of this message"] = "没有该消息的轨迹",
        ["Outcome"] = "结果",
        ["Producer"] = "生产者",
        ["RocketAspire's client: in the options of the producer and of each consumer"] = "RocketAspire 客户端：在生产者和每个消费者的选项中设置",
        ["Stored by the broker"] = "Broker 存储",
        ["Taken back"] = "撤回",
        ["The cluster has no trace topic, so nothing is recorded."] = "集群没有轨迹主题，因此没有任何记录。",
        ["The cluster has the trace topic, but nothing in it speaks of this id or key. It may have been sent and consumed by clients that don't trace, or so long ago that its trace is deleted; a trace comes some seconds after what it tells of."] = "集群有轨迹主题，但其中没有此 ID 或 Key 的记录。可能收发它的客户端未开启轨迹，或时间太久轨迹已被删除；轨迹会比事件晚几秒出现。",
        ["To have traces:"] = "开启轨迹的方法：",
        ["Took"] = "耗时",
        ["Trace"] = "消息轨迹",
        ["Trace topic"] = "轨迹主题",
        ["Transaction, when the broker asked"] = "事务（Broker 回查）",
        ["What"] = "事件",
        ["What producers and consumers told of a message: when it was sent, stored, consumed, given back, and how its transaction ended."] = "生产者和消费者记录的消息经过：何时发送、存储、消费、重试，以及事务如何结束。",
        ["committed"] = "已提交",
        ["failed"] = "失败",
        ["given back"] = "稍后重试",
        ["no end told yet"] = "尚未结束",
        ["retry"] = "重试",
        ["returned null"] = "返回 null",
        ["rolled back"] = "已回滚",
        ["still open"] = "未决",
        ["stored by"] = "存储于",
        ["succeeded"] = "成功",
        ["threw an exception"] = "抛出异常",
        ["took too long"] = "超时",
    };
}
