using System.Reflection;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Tests.Remoting;

/// <summary>Numbers on the wire never change; these come from Apache's sources, not from ours.</summary>
public sealed class FrozenNumbersTests
{
    private const string Requests = """
        SendMessage=10 PullMessage=11 QueryMessage=12 QueryConsumerOffset=14 UpdateConsumerOffset=15 UpdateAndCreateTopic=17 GetAllTopicConfig=21
        UpdateBrokerConfig=25 GetBrokerConfig=26 GetBrokerRuntimeInfo=28 SearchOffsetByTimestamp=29 GetMaxOffset=30 GetMinOffset=31
        GetEarliestMsgStoretime=32 ViewMessageById=33 HeartBeat=34 UnregisterClient=35 ConsumerSendMsgBack=36 EndTransaction=37 GetConsumerListByGroup=38
        CheckTransactionState=39 NotifyConsumerIdsChanged=40 LockBatchMq=41 UnlockBatchMq=42 GetAllConsumerOffset=43 GetAllDelayOffset=45 CheckClientConfig=46
        PutKvConfig=100 GetKvConfig=101 DeleteKvConfig=102 RegisterBroker=103 UnregisterBroker=104 GetRouteinfoByTopic=105 GetBrokerClusterInfo=106
        UpdateAndCreateSubscriptiongroup=200 GetAllSubscriptiongroupConfig=201 GetTopicStatsInfo=202 GetConsumerConnectionList=203 GetProducerConnectionList=204
        WipeWritePermOfBroker=205 GetAllTopicListFromNameserver=206 DeleteSubscriptiongroup=207 GetConsumeStats=208 WhoConsumeTheMessage=214
        DeleteTopicInBroker=215 DeleteTopicInNamesrv=216 RegisterTopicInNamesrv=217 GetKvlistByNamespace=219 ResetConsumerClientOffset=220
        GetConsumerStatusFromClient=221 InvokeBrokerToResetOffset=222 InvokeBrokerToGetConsumerStatus=223 GetTopicsByCluster=224
        QueryTopicConsumeByWho=300 QueryConsumeTimeSpan=303 GetSystemTopicListFromNs=304 GetSystemTopicListFromBroker=305 CleanExpiredConsumequeue=306
        GetConsumerRunningInfo=307 ConsumeMessageDirectly=309 SendMessageV2=310 GetUnitTopicList=311 GetHasUnitSubTopicList=312
        GetHasUnitSubUnunitTopicList=313 CloneGroupOffset=314 ViewBrokerStatsData=315 CleanUnusedTopic=316 GetBrokerConsumeStats=317
        UpdateNamesrvConfig=318 GetNamesrvConfig=319 SendBatchMessage=320 QueryConsumeQueue=321 QueryDataVersion=322 ResumeCheckHalfMessage=323
        SendReplyMessage=324 SendReplyMessageV2=325 PushReplyMessageToClient=326 AddWritePermOfBroker=327 DeleteExpiredCommitlog=329
        GetTopicConfig=351 LitePullMessage=361 QueryAssignment=400 GetBrokerMemberGroup=901 BrokerHeartbeat=904 NotifyMinBrokerIdChange=905
        PopMessage=200050 AckMessage=200051 PeekMessage=200052 ChangeMessageInvisibletime=200053 Notification=200054 PollingInfo=200055 BatchAckMessage=200151
        """;

    private const string Responses = """
        Success=0 SystemError=1 SystemBusy=2 RequestCodeNotSupported=3 TransactionFailed=4 FlushDiskTimeout=10 SlaveNotAvailable=11 FlushSlaveTimeout=12
        MessageIllegal=13 ServiceNotAvailable=14 VersionNotSupported=15 NoPermission=16 TopicNotExist=17 TopicExistAlready=18 PullNotFound=19
        PullRetryImmediately=20 PullOffsetMoved=21 QueryNotFound=22 SubscriptionParseFailed=23 SubscriptionNotExist=24 SubscriptionNotLatest=25
        SubscriptionGroupNotExist=26 FilterDataNotExist=27 FilterDataNotLatest=28 ConsumerNotOnline=206 ConsumeMsgTimeout=207 NoMessage=208
        PollingFull=209 PollingTimeout=210
        """;

    [Theory]
    [InlineData(typeof(RequestCode), Requests)]
    [InlineData(typeof(ResponseCode), Responses)]
    public void Codes_are_frozen(Type type, string expected)
    {
        foreach (var entry in expected.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (name, value) = (entry[..entry.IndexOf('=')], entry[(entry.IndexOf('=') + 1)..]);
            var field = type.GetField(name, BindingFlags.Public | BindingFlags.Static);
            Assert.True(field is not null, $"{type.Name}.{name} is gone");
            Assert.Equal(value, field.GetRawConstantValue()!.ToString());
        }
    }

    [Fact]
    public void Languages_and_limits_are_frozen()
    {
        Assert.Equal(
            ["JAVA=0", "CPP=1", "DOTNET=2", "PYTHON=3", "DELPHI=4", "ERLANG=5", "RUBY=6", "OTHER=7", "HTTP=8", "GO=9", "PHP=10", "OMS=11", "RUST=12", "NODE_JS=13"],
            Enum.GetValues<LanguageCode>().Select(static language => $"{LanguageNames.Of(language)}={(int)language}"));
        Assert.Equal(16_777_216, RemotingFrame.MaxLength);
        Assert.Equal((401, 409, 413), (RocketMQVersion.V4_9_4, RocketMQVersion.V4_9_8, RocketMQVersion.V5_0_0));
    }
}
