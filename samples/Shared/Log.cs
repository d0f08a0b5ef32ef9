namespace RocketAspire.Samples;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Topic {Topic} isn't made yet, tried again in a second: {Reason}")]
    public static partial void TopicNotMade(ILogger logger, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "An order of {Customer} was not taken: {Reason}")]
    public static partial void OrderRefused(ILogger logger, string customer, string reason);

    [LoggerMessage(LogLevel.Information, "A broker asked about order {Order} of {Customer}: {Answer}")]
    public static partial void OrderAskedFor(ILogger logger, string order, string customer, string answer);

    [LoggerMessage(LogLevel.Warning, "Message {Message} is no order")]
    public static partial void NoOrder(ILogger logger, string message);

    [LoggerMessage(LogLevel.Information, "Order {Order} of {Customer} failed and comes again")]
    public static partial void OrderFailed(ILogger logger, string order, string customer);

    [LoggerMessage(LogLevel.Debug, "{Customer} was told of order {Number}")]
    public static partial void Notified(ILogger logger, string customer, long number);
}
