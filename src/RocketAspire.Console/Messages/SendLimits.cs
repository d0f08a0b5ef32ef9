using System.Globalization;
using System.Text;
using RocketAspire.Client;
using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>What brokers of a topic take, by their settings, and where its messages go.</summary>
/// <param name="MaxBodyBytes">The least of them.</param>
/// <param name="Delays">The table of delays; empty when the brokers don't agree on one.</param>
/// <param name="Queues">In the order in which a sharding key's hash counts them.</param>
public sealed record SendLimits(int MaxBodyBytes, IReadOnlyList<TimeSpan?> Delays, IReadOnlyList<Client.MessageQueue> Queues)
{
    public const int UsualMaxBodyBytes = 4 * 1024 * 1024;

    public static SendLimits Usual { get; } = new(UsualMaxBodyBytes, WaitingReader.Levels(null), []);

    public static async Task<SendLimits> ReadAsync(ClusterGateway gateway, string topic, CancellationToken cancellationToken = default)
    {
        var route = await gateway.Admin.GetRouteAsync(topic, cancellationToken).ConfigureAwait(false);
        if (route is null) return Usual;
        var settings = await Task.WhenAll(route.BrokerDatas.Select(static broker => broker.MasterAddress).OfType<string>().Select(address => gateway.Admin.Brokers.GetConfigAsync(address, cancellationToken))).ConfigureAwait(false);
        var most = settings.Select(static broker => int.TryParse(broker.GetValueOrDefault("maxMessageSize"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : UsualMaxBodyBytes).DefaultIfEmpty(UsualMaxBodyBytes).Min();
        var tables = settings.Select(static broker => broker.GetValueOrDefault("messageDelayLevel")).Distinct(StringComparer.Ordinal).ToList();
        return new SendLimits(most, tables.Count == 1 ? WaitingReader.Levels(tables[0]) : [], WritableQueues.Of(topic, route));
    }

    /// <summary>Own properties, one <c>name=value</c> a line.</summary>
    /// <exception cref="ArgumentException">A line is none, or names a property that clients set themselves.</exception>
    public static IReadOnlyDictionary<string, string> ReadProperties(string? text, Func<string, string> say)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0) throw new ArgumentException($"'{line}': {say("a property is written name=value")}");
            if (FoundMessage.IsStandard(parts[0])) throw new ArgumentException($"'{parts[0]}': {say("RocketMQ sets this property itself; use the field of that meaning")}");
            properties[parts[0]] = parts[1];
        }

        var bytes = properties.Sum(static pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value) + 2);
        return bytes <= MessageRecordCodec.MaxPropertiesBytes ? properties : throw new ArgumentException($"{say("Properties take more bytes than a message has room for:")} {bytes} > {MessageRecordCodec.MaxPropertiesBytes}");
    }
}
