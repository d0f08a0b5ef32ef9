namespace RocketAspire.Protocol.Config;

/// <summary>Keys of NamesrvConfig that <see cref="NameServerConf"/> doesn't declare. One key a line: name, type, versions, default (<c>?</c>: worked out at start).</summary>
internal static class ApacheNameServerKeys
{
    public const string Lines =
        """
        clientRequestThreadPoolNums Int 5 8
        clientRequestThreadPoolQueueCapacity Int 5 50000
        configBlackList Text 4,5 ?
        defaultThreadPoolNums Int 5 16
        defaultThreadPoolQueueCapacity Int 5 10000
        deleteTopicWithBrokerRegistration Bool 5 false
        enableAllTopicList Bool 5 true
        enableControllerInNamesrv Bool 5 false
        enableTopicList Bool 5 true
        needWaitForService Bool 5 false
        notifyMinBrokerIdChanged Bool 5 false
        rocketmqHome Text 4,5 ?
        supportActingMaster Bool 5 false
        unRegisterBrokerQueueCapacity Int 5 3000
        waitSecondsForService Int 5 45
        """;
}
