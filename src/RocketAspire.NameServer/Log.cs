using Microsoft.Extensions.Logging;

namespace RocketAspire.NameServer;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Broker {BrokerName} node {BrokerId} is {Address} now (was {Before})")]
    public static partial void NodeRegistered(ILogger logger, string brokerName, long brokerId, string address, string before);

    [LoggerMessage(2, LogLevel.Information, "Broker {BrokerName} at {Address} is gone: {Reason}")]
    public static partial void NodeGone(ILogger logger, string brokerName, string address, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Broker {BrokerName} node {BrokerId}: {Address} registers with an older state than {Holder} and is ignored")]
    public static partial void OutdatedRegistration(ILogger logger, string brokerName, long brokerId, string address, string holder);

    [LoggerMessage(4, LogLevel.Warning, "A registration from {Peer} does not match its checksum")]
    public static partial void ChecksumMismatch(ILogger logger, string peer);

    [LoggerMessage(5, LogLevel.Information, "Name server is ready on {Endpoints}")]
    public static partial void Ready(ILogger logger, string endpoints);

    [LoggerMessage(6, LogLevel.Warning, "Telling {Address} of a changed minimal broker id failed: {Reason}")]
    public static partial void NotifyFailed(ILogger logger, string address, string reason);

    [LoggerMessage(7, LogLevel.Information, "Settings changed by {Peer}: {Changes}")]
    public static partial void SettingsChanged(ILogger logger, string peer, string changes);
}
