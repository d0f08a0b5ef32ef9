using Microsoft.Extensions.Logging;

namespace RocketAspire.Proxy;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Proxy listens on {Endpoint}")]
    public static partial void Listening(ILogger logger, string endpoint);

    [LoggerMessage(2, LogLevel.Warning, "{Address} could not be told which transactions are sent through here: {Reason}")]
    public static partial void ProducersNotTold(ILogger logger, string address, string reason);

    [LoggerMessage(3, LogLevel.Information, "No client is here to be asked about a transaction of topic {Topic} at {Broker}")]
    public static partial void NobodyToAsk(ILogger logger, string topic, string broker);

    [LoggerMessage(4, LogLevel.Debug, "Client {Client} is asked about a transaction of topic {Topic}")]
    public static partial void AskedBack(ILogger logger, string client, string topic);

    [LoggerMessage(5, LogLevel.Warning, "Message {Message} of group {Group} is not kept invisible any more: {Reason}")]
    public static partial void NotRenewed(ILogger logger, string message, string group, string reason);

    [LoggerMessage(6, LogLevel.Error, "A call of {Method} failed: {Reason}")]
    public static partial void CallFailed(ILogger logger, string method, string reason, Exception exception);

    [LoggerMessage(7, LogLevel.Debug, "A connection from {Client} ended before it spoke HTTP/2: {Reason}")]
    public static partial void NotSecured(ILogger logger, string client, string reason);

    [LoggerMessage(8, LogLevel.Error, "Background work failed: {Reason}")]
    public static partial void BackgroundFailed(ILogger logger, string reason, Exception exception);

    [LoggerMessage(10, LogLevel.Debug, "{Address} could not be told which consumers are here: {Reason}")]
    public static partial void ConsumersNotTold(ILogger logger, string address, string reason);

    [LoggerMessage(11, LogLevel.Warning, "No name server of {NameServers} can be asked, and until one can, clients are refused: {Reason}")]
    public static partial void NoNameServer(ILogger logger, string nameServers, string reason);

    [LoggerMessage(12, LogLevel.Warning, "The name servers {NameServers} know no master yet")]
    public static partial void NoMaster(ILogger logger, string nameServers);

    [LoggerMessage(9, LogLevel.Warning, "A call is refused since accounts can't be looked up: {Reason}")]
    public static partial void AccountsUnknown(ILogger logger, string reason);
}
