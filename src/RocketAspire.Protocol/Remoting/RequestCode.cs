namespace RocketAspire.Protocol.Remoting;

/// <summary>Request codes of the remoting protocol.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/RequestCode.java (and the same class of 4.9.8)</remarks>
public static class RequestCode
{
    public const int SendMessage = 10;
    public const int PullMessage = 11;
    public const int QueryMessage = 12;
    public const int QueryBrokerOffset = 13;
    public const int QueryConsumerOffset = 14;
    public const int UpdateConsumerOffset = 15;
    public const int UpdateAndCreateTopic = 17;
    public const int UpdateAndCreateTopicList = 18;
    public const int GetAllTopicConfig = 21;
    public const int GetTopicConfigList = 22;
    public const int GetTopicNameList = 23;
    public const int UpdateBrokerConfig = 25;
    public const int GetBrokerConfig = 26;
    public const int TriggerDeleteFiles = 27;
    public const int GetBrokerRuntimeInfo = 28;
    public const int SearchOffsetByTimestamp = 29;
    public const int GetMaxOffset = 30;
    public const int GetMinOffset = 31;
    public const int GetEarliestMsgStoretime = 32;
    public const int ViewMessageById = 33;
    public const int HeartBeat = 34;
    public const int UnregisterClient = 35;
    public const int ConsumerSendMsgBack = 36;
    public const int EndTransaction = 37;
    public const int GetConsumerListByGroup = 38;
    public const int CheckTransactionState = 39;
    public const int NotifyConsumerIdsChanged = 40;
    public const int LockBatchMq = 41;
    public const int UnlockBatchMq = 42;
    public const int GetAllConsumerOffset = 43;
    public const int GetAllDelayOffset = 45;
    public const int CheckClientConfig = 46;
    public const int GetClientConfig = 47;
    public const int UpdateAndCreateAclConfig = 50;
    public const int DeleteAclConfig = 51;
    public const int GetBrokerClusterAclInfo = 52;
    public const int UpdateGlobalWhiteAddrsConfig = 53;
    public const int GetBrokerClusterAclConfig = 54;
    public const int GetTimerCheckPoint = 60;
    public const int GetTimerMetrics = 61;
    public const int PutKvConfig = 100;
    public const int GetKvConfig = 101;
    public const int DeleteKvConfig = 102;
    public const int RegisterBroker = 103;
    public const int UnregisterBroker = 104;
    public const int GetRouteinfoByTopic = 105;
    public const int GetBrokerClusterInfo = 106;
    public const int UpdateAndCreateSubscriptiongroup = 200;
    public const int GetAllSubscriptiongroupConfig = 201;
    public const int GetTopicStatsInfo = 202;
    public const int GetConsumerConnectionList = 203;
    public const int GetProducerConnectionList = 204;
    public const int WipeWritePermOfBroker = 205;
    public const int GetAllTopicListFromNameserver = 206;
    public const int DeleteSubscriptiongroup = 207;
    public const int GetConsumeStats = 208;
    public const int SuspendConsumer = 209;
    public const int ResumeConsumer = 210;
    public const int ResetConsumerOffsetInConsumer = 211;
    public const int ResetConsumerOffsetInBroker = 212;
    public const int AdjustConsumerThreadPool = 213;
    public const int WhoConsumeTheMessage = 214;
    public const int DeleteTopicInBroker = 215;
    public const int DeleteTopicInNamesrv = 216;
    public const int RegisterTopicInNamesrv = 217;
    public const int GetKvlistByNamespace = 219;
    public const int ResetConsumerClientOffset = 220;
    public const int GetConsumerStatusFromClient = 221;
    public const int InvokeBrokerToResetOffset = 222;
    public const int InvokeBrokerToGetConsumerStatus = 223;
    public const int GetTopicsByCluster = 224;
    public const int UpdateAndCreateSubscriptiongroupList = 225;
    public const int QueryTopicConsumeByWho = 300;
    public const int RegisterFilterServer = 301;
    public const int RegisterMessageFilterClass = 302;
    public const int QueryConsumeTimeSpan = 303;
    public const int GetSystemTopicListFromNs = 304;
    public const int GetSystemTopicListFromBroker = 305;
    public const int CleanExpiredConsumequeue = 306;
    public const int GetConsumerRunningInfo = 307;
    public const int QueryCorrectionOffset = 308;
    public const int ConsumeMessageDirectly = 309;
    public const int SendMessageV2 = 310;
    public const int GetUnitTopicList = 311;
    public const int GetHasUnitSubTopicList = 312;
    public const int GetHasUnitSubUnunitTopicList = 313;
    public const int CloneGroupOffset = 314;
    public const int ViewBrokerStatsData = 315;
    public const int CleanUnusedTopic = 316;
    public const int GetBrokerConsumeStats = 317;
    public const int UpdateNamesrvConfig = 318;
    public const int GetNamesrvConfig = 319;
    public const int SendBatchMessage = 320;
    public const int QueryConsumeQueue = 321;
    public const int QueryDataVersion = 322;
    public const int ResumeCheckHalfMessage = 323;
    public const int SendReplyMessage = 324;
    public const int SendReplyMessageV2 = 325;
    public const int PushReplyMessageToClient = 326;
    public const int AddWritePermOfBroker = 327;
    public const int GetAllProducerInfo = 328;
    public const int DeleteExpiredCommitlog = 329;
    public const int QueryTopicsByConsumer = 343;
    public const int QuerySubscriptionByConsumer = 345;
    public const int GetTopicConfig = 351;
    public const int GetSubscriptiongroupConfig = 352;
    public const int UpdateAndGetGroupForbidden = 353;
    public const int CheckRocksdbCqWriteProgress = 354;
    public const int LitePullMessage = 361;
    public const int RecallMessage = 370;
    public const int QueryAssignment = 400;
    public const int SetMessageRequestMode = 401;
    public const int GetAllMessageRequestMode = 402;
    public const int UpdateAndCreateStaticTopic = 513;
    public const int GetBrokerMemberGroup = 901;
    public const int AddBroker = 902;
    public const int RemoveBroker = 903;
    public const int BrokerHeartbeat = 904;
    public const int NotifyMinBrokerIdChange = 905;
    public const int ExchangeBrokerHaInfo = 906;
    public const int GetBrokerHaStatus = 907;
    public const int ResetMasterFlushOffset = 908;
    public const int ControllerAlterSyncStateSet = 1001;
    public const int ControllerElectMaster = 1002;
    public const int ControllerRegisterBroker = 1003;
    public const int ControllerGetReplicaInfo = 1004;
    public const int ControllerGetMetadataInfo = 1005;
    public const int ControllerGetSyncStateData = 1006;
    public const int GetBrokerEpochCache = 1007;
    public const int NotifyBrokerRoleChanged = 1008;
    public const int UpdateControllerConfig = 1009;
    public const int GetControllerConfig = 1010;
    public const int CleanBrokerData = 1011;
    public const int ControllerGetNextBrokerId = 1012;
    public const int ControllerApplyBrokerId = 1013;
    public const int UpdateColdDataFlowCtrConfig = 2001;
    public const int RemoveColdDataFlowCtrConfig = 2002;
    public const int GetColdDataFlowCtrInfo = 2003;
    public const int SetCommitlogReadMode = 2004;
    public const int AuthCreateUser = 3001;
    public const int AuthUpdateUser = 3002;
    public const int AuthDeleteUser = 3003;
    public const int AuthGetUser = 3004;
    public const int AuthListUser = 3005;
    public const int AuthCreateAcl = 3006;
    public const int AuthUpdateAcl = 3007;
    public const int AuthDeleteAcl = 3008;
    public const int AuthGetAcl = 3009;
    public const int AuthListAcl = 3010;
    public const int PopMessage = 200050;
    public const int AckMessage = 200051;
    public const int PeekMessage = 200052;
    public const int ChangeMessageInvisibletime = 200053;
    public const int Notification = 200054;
    public const int PollingInfo = 200055;
    public const int BatchAckMessage = 200151;

    /// <summary>
    /// Ours alone: the handshake by which two of our own nodes compare histories before the HA socket opens.
    /// A peer that answers <see cref="ResponseCode.RequestCodeNotSupported"/> gets plain HA.
    /// </summary>
    public const int ReplicationHandshake = 7301;

    /// <summary>Ours alone: a slave asks for topics, groups and offsets; the master holds the request until one of them changes, so that the slave learns of it at once.</summary>
    public const int ReplicationMetadataPush = 7302;

    /// <summary>Ours alone: a slave sends its master back what that lost.</summary>
    public const int ReplicationCopyBack = 7303;

    /// <summary>Ours alone: a proxy tells which consumers are connected to it, so that admin tools see them.</summary>
    public const int ProxiedConsumers = 7304;

    /// <summary>Ours: the accounts of ACL 1.0 without their secrets. Apache's brokers told them until 4.9.7 (54), with the secrets.</summary>
    public const int ListAccounts = 7305;

    /// <summary>Ours alone: a message of a Raft group's node to another, one-way, on the peers' own port.</summary>
    public const int RaftMessage = 7310;

    /// <summary>Ours alone: a hash of committed bytes of a Raft group's log, on the peers' own port.</summary>
    public const int RaftLogSum = 7311;

    /// <summary>Ours alone: committed bytes of a Raft group's log, for a peer whose own are damaged; on the peers' own port.</summary>
    public const int RaftLogBytes = 7312;
}
