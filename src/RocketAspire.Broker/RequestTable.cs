using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Acl;
using RocketAspire.Broker.Filtering;
using RocketAspire.Broker.Processors;
using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>The parts that processors are made of.</summary>
internal sealed record BrokerParts
{
    public required BrokerAddress Address { get; init; }
    public required IPEndPoint Listen { get; init; }
    public required RemotingClient Client { get; init; }
    public required BrokerConfiguration Configuration { get; init; }
    public required MessageStore Store { get; init; }
    public required IStorageDevice Device { get; init; }
    public required TimeProvider Time { get; init; }
    public required ReplicatedTables Tables { get; init; }
    public required TableCommits Commits { get; init; }
    public required GroupMetadata? Metadata { get; init; }
    public required ProducerTable Producers { get; init; }
    public required ConsumerGroupTable Consumers { get; init; }
    public required QueueLockTable Locks { get; init; }
    public required PullHoldTable Holds { get; init; }
    public required BrokerCounters Counters { get; init; }
    public required BrokerStats Stats { get; init; }
    public required MessageWriter Writer { get; init; }
    public required ScheduleMessageService Schedule { get; init; }
    public required TimerMessageService Timers { get; init; }
    public required TransactionCheckService TransactionChecks { get; init; }
    public required DiskGauge Disk { get; init; }
    public required StoreCleaner Cleaner { get; init; }
    public required IReplication Replication { get; init; }
    public required NameServerRegistration Registration { get; init; }
    public required AclStore? Acl { get; init; }
    public required ILogger Logger { get; init; }
}

/// <summary>Every request that a broker answers, and who answers it.</summary>
internal static class RequestTable
{
    public static List<IRequestProcessor> Create(BrokerParts parts, PopService pop)
    {
        var options = parts.Configuration.Current;
        var admission = new SendAdmission(options.SendQueueCapacity, options.SendQueueBytes);
        var check = new SendCheck(parts.Tables.Topics, parts.Tables.Groups, parts.Writer, parts.Configuration, parts.Time, parts.Logger);
        var filters = new FilterFactory(parts.Consumers, parts.Configuration);
        return
        [
            .. Messages(parts, admission, check, filters),
            .. Transactions(parts),
            .. pop.Processors,
            .. Clients(parts, check, filters),
            .. Offsets(parts),
            .. Consumption(parts),
            .. Admin(parts, admission),
            .. Acl(parts),
            .. parts.Replication.Processors,
        ];
    }

    /// <summary>What the VIP port answers of it: all but pulls, which would hold up what that port is for.</summary>
    /// <remarks>Source: registerProcessor of https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/BrokerController.java (fastRemotingServer)</remarks>
    public static IEnumerable<IRequestProcessor> OnVipPort(IEnumerable<IRequestProcessor> table) => table.Where(static processor => processor.Code is not (
        RequestCode.PullMessage or RequestCode.LitePullMessage or RequestCode.PopMessage or RequestCode.PeekMessage or RequestCode.Notification or RequestCode.PollingInfo));

    private static IEnumerable<IRequestProcessor> Messages(BrokerParts p, SendAdmission admission, SendCheck check, FilterFactory filters)
    {
        var timers = new TimerAdmission(p.Configuration, p.Time);
        SendMessageProcessor Send(int code) => new(code, check, p.Writer, admission, p.Commits.Topics, timers, p.Address, p.Configuration);
        yield return Send(RequestCode.SendMessage);
        yield return Send(RequestCode.SendMessageV2);
        yield return Send(RequestCode.SendBatchMessage);
        yield return new RecallMessageProcessor(p.Tables.Topics, p.Writer, timers, p.Address, p.Configuration, p.Time);
        foreach (var reply in new[] { RequestCode.SendReplyMessage, RequestCode.SendReplyMessageV2 })
        {
            yield return new SendReplyMessageProcessor(reply, check, p.Writer, p.Producers, p.Address, p.Configuration, p.Time);
        }

        yield return new ConsumerSendMsgBackProcessor(p.Store, p.Tables.Groups, check, p.Writer, p.Commits.Topics, p.Stats, p.Configuration);

        var pullCheck = new PullCheck(p.Tables.Topics, p.Tables.Groups, new SubscriptionResolver(p.Consumers, filters), p.Configuration);
        var reader = new PullReader(p.Store, p.Configuration);
        PullMessageProcessor Pull(int code) =>
            new(code, pullCheck, filters, reader, p.Holds, p.Store, p.Tables.ConsumerOffsets, p.Configuration, p.Counters, p.Time, p.Logger);
        var pull = Pull(RequestCode.PullMessage);
        p.Holds.Wake = pull.AnswerHeld;
        yield return pull;
        yield return Pull(RequestCode.LitePullMessage);
        yield return new ViewMessageByIdProcessor(p.Store);
        yield return new QueryMessageProcessor(p.Store, p.Configuration);
        yield return new QueryConsumeQueueProcessor(p.Store, p.Consumers);
    }

    private static IEnumerable<IRequestProcessor> Transactions(BrokerParts p)
    {
        yield return new EndTransactionProcessor(p.Store, p.Writer, new TimerAdmission(p.Configuration, p.Time), p.TransactionChecks.Table, p.Address, p.Configuration, p.Counters, p.Time, p.Logger);
        yield return new ResumeCheckHalfMessageProcessor(p.Store, p.Writer);
    }

    private static IEnumerable<IRequestProcessor> Clients(BrokerParts p, SendCheck check, FilterFactory filters)
    {
        yield return new HeartBeatProcessor(p.Producers, p.Consumers, p.Tables.Groups, check, filters, p.Writer, p.Logger);
        yield return new UnregisterClientProcessor(p.Producers, p.Consumers);
        yield return new ProxiedConsumersProcessor(p.Consumers.Proxied);
        yield return new CheckClientConfigProcessor(filters);
        yield return new GetConsumerListByGroupProcessor(p.Consumers);
        yield return new LockBatchMqProcessor(p.Locks);
        yield return new UnlockBatchMqProcessor(p.Locks);
    }

    private static IEnumerable<IRequestProcessor> Offsets(BrokerParts p)
    {
        yield return new QueryConsumerOffsetProcessor(p.Tables.ConsumerOffsets, p.Store);
        yield return new UpdateConsumerOffsetProcessor(p.Tables.ConsumerOffsets);
        yield return new SearchOffsetByTimestampProcessor(p.Store);
        yield return new GetMaxOffsetProcessor(p.Store);
        yield return new GetMinOffsetProcessor(p.Store);
        yield return new GetEarliestMsgStoretimeProcessor(p.Store);
    }

    /// <summary>What admin tools ask about consumers, or ask of them.</summary>
    private static IEnumerable<IRequestProcessor> Consumption(BrokerParts p)
    {
        var topics = p.Tables.Topics;
        var offsets = p.Tables.ConsumerOffsets;
        var calls = new ClientCalls(p.Consumers);
        yield return new GetConsumerRunningInfoProcessor(calls);
        yield return new ConsumeMessageDirectlyProcessor(calls, p.Store, p.Address);
        yield return new InvokeBrokerToResetOffsetProcessor(topics, offsets, p.Consumers, p.Store, p.Address, p.Logger);
        yield return new InvokeBrokerToGetConsumerStatusProcessor(p.Consumers);
        yield return new QueryTopicConsumeByWhoProcessor(p.Consumers, offsets);
        yield return new QueryTopicsByConsumerProcessor(offsets, p.Address);
        yield return new QuerySubscriptionByConsumerProcessor(p.Consumers);
        yield return new QueryConsumeTimeSpanProcessor(topics, offsets, p.Store, p.Address, p.Time);
        yield return new QueryCorrectionOffsetProcessor(offsets, p.Store);
        yield return new CloneGroupOffsetProcessor(topics, offsets, p.Consumers, p.Commits.ConsumerOffsets, p.Configuration);
    }

    private static IEnumerable<IRequestProcessor> Admin(BrokerParts p, SendAdmission admission)
    {
        var topics = p.Tables.Topics;
        var groups = p.Tables.Groups;
        var offsets = p.Tables.ConsumerOffsets;
        var topicAdmin = new TopicAdmin(topics, offsets, p.Commits, p.Registration, p.Store, p.Replication, p.Configuration);
        yield return new UpdateAndCreateTopicProcessor(topicAdmin, p.Logger);
        yield return new UpdateAndCreateTopicListProcessor(topicAdmin, p.Logger);
        yield return new DeleteTopicInBrokerProcessor(topicAdmin, p.Logger);
        yield return new GetTopicConfigProcessor(topics);
        yield return new GetAllTopicConfigProcessor(topics);
        yield return new UpdateAndCreateSubscriptiongroupProcessor(groups, p.Commits.Groups, p.Configuration, p.Logger);
        yield return new UpdateAndCreateSubscriptiongroupListProcessor(groups, p.Commits.Groups, p.Configuration, p.Logger);
        yield return new DeleteSubscriptiongroupProcessor(groups, offsets, p.Commits, p.Configuration, p.Logger);
        yield return new GetSubscriptiongroupConfigProcessor(groups);
        yield return new GetAllSubscriptiongroupConfigProcessor(groups);
        yield return new GetAllConsumerOffsetProcessor(offsets);
        yield return new GetAllDelayOffsetProcessor(p.Tables.DelayOffsets);
        yield return new GetTopicStatsInfoProcessor(topics, p.Store, p.Address);
        var stats = new ConsumeStatsReader(topics, offsets, p.Consumers, p.Stats, p.Store, p.Address);
        yield return new GetConsumeStatsProcessor(stats, offsets);
        yield return new GetBrokerConsumeStatsProcessor(stats, groups, offsets, p.Address);
        yield return new ViewBrokerStatsDataProcessor(p.Stats);
        yield return new GetSystemTopicListFromBrokerProcessor(topics);
        yield return new GetAllProducerInfoProcessor(p.Producers, p.Time);
        yield return new CleanUnusedTopicProcessor(p.Cleaner);
        yield return new GetConsumerConnectionListProcessor(p.Consumers);
        yield return new GetProducerConnectionListProcessor(p.Producers);
        yield return new GetBrokerConfigProcessor(p.Configuration, p.Time);
        yield return new UpdateBrokerConfigProcessor(p.Configuration, topics, p.Device, p.Logger);
        yield return new GetBrokerHaStatusProcessor(p.Replication);
        yield return new DeleteExpiredCommitLogProcessor(p.Cleaner);
        yield return new CleanExpiredConsumequeueProcessor(p.Cleaner);
        var info = new BrokerRuntimeInfo(p.Store, p.Counters, admission, p.Holds, p.Schedule, p.Timers, p.Writer, p.Disk, p.Configuration, p.Time);
        yield return new GetBrokerRuntimeInfoProcessor(info);
    }

    private static IEnumerable<IRequestProcessor> Acl(BrokerParts p)
    {
        yield return new UpdateAndCreateAclConfigProcessor(p.Acl, p.Logger);
        yield return new DeleteAclConfigProcessor(p.Acl, p.Logger);
        yield return new GetBrokerClusterAclInfoProcessor(p.Acl, p.Address);
        yield return new ListAccountsProcessor(p.Acl);
        yield return new UpdateGlobalWhiteAddrsConfigProcessor(p.Acl, p.Logger);
    }
}
