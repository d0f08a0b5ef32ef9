namespace RocketAspire.Protocol.Config;

/// <summary>Keys of NettyServerConfig, NettyClientConfig and AuthConfig that <see cref="BrokerConf"/> doesn't declare. One key a line: name, type, versions, default (<c>?</c>: worked out at start).</summary>
internal static class ApacheNetworkKeys
{
    public const string Lines =
        """
        aclCacheExpiredSecond Int 5 600
        aclCacheMaxNum Int 5 1000
        aclCacheRefreshSecond Int 5 60
        authConfigPath Text 5 ?
        authenticationEnabled Bool 5 false
        authenticationMetadataProvider Text 5 ?
        authenticationProvider Text 5 ?
        authenticationStrategy Text 5 ?
        authenticationWhitelist Text 5 ?
        authorizationEnabled Bool 5 false
        authorizationMetadataProvider Text 5 ?
        authorizationProvider Text 5 ?
        authorizationStrategy Text 5 ?
        authorizationWhitelist Text 5 ?
        channelNotActiveInterval Long 4,5 60000
        clientAsyncSemaphoreValue Int 4,5 65535
        clientCallbackExecutorThreads Int 4,5 ?
        clientChannelMaxIdleTimeSeconds Int 4,5 120
        clientCloseSocketIfTimeout Bool 4,5 true
        clientOnewaySemaphoreValue Int 4,5 65535
        clientPooledByteBufAllocatorEnable Bool 4,5 false
        clientSocketRcvBufSize Int 4,5 0
        clientSocketSndBufSize Int 4,5 0
        clientWorkerThreads Int 4,5 4
        clusterName Text 5 ?
        configName Text 5 ?
        connectTimeoutMillis Int 4,5 3000
        disableCallbackExecutor Bool 5 false
        disableNettyWorkerGroup Bool 5 false
        enableReconnectForGoAway Bool 5 true
        enableShutdownGracefully Bool 5 false
        enableTransparentRetry Bool 5 true
        initAuthenticationUser Text 5 ?
        innerClientAuthenticationCredentials Text 5 ?
        maxReconnectIntervalTimeSeconds Long 5 60
        migrateAuthFromV1Enabled Bool 5 false
        scanAvailableNameSrv Bool 5 true
        serverAsyncSemaphoreValue Int 4,5 64
        serverCallbackExecutorThreads Int 4,5 0
        serverChannelMaxIdleTimeSeconds Int 4,5 120
        serverNettyWorkerGroupEnable Bool 5 true
        serverOnewaySemaphoreValue Int 4,5 256
        serverPooledByteBufAllocatorEnable Bool 4,5 true
        serverSelectorThreads Int 4,5 3
        serverSocketBacklog Int 4,5 1024
        serverSocketRcvBufSize Int 4,5 0
        serverSocketSndBufSize Int 4,5 0
        serverWorkerThreads Int 4,5 8
        shutdownWaitTimeSeconds Int 5 30
        socksProxyConfig Text 5 {}
        statefulAuthenticationCacheExpiredSecond Int 5 60
        statefulAuthenticationCacheMaxNum Int 5 10000
        statefulAuthorizationCacheExpiredSecond Int 5 60
        statefulAuthorizationCacheMaxNum Int 5 10000
        useEpollNativeSelector Bool 4,5 false
        userCacheExpiredSecond Int 5 600
        userCacheMaxNum Int 5 1000
        userCacheRefreshSecond Int 5 60
        writeBufferHighWaterMark Int 4,5 0
        writeBufferLowWaterMark Int 4,5 0
        """;
}
