using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>What a slave of ours asks a master before it opens the HA socket (request 7301).</summary>
/// <remarks>
/// Fields are texts in the request's header. The epoch list is the body, one <c>term:startOffset</c> after another with
/// commas between, since it may be long. A checksum is <c>offset:from:crc</c>, over the log's bytes from one to the other.
/// </remarks>
public sealed record HandshakeRequest(
    string ClusterName, string BrokerName, long BrokerId, LogSummary Log, long LogFileSizeBytes,
    IReadOnlyDictionary<long, LogChecksum> Checksums)
{
    // A list longer than this is no epoch list: a node starts a few thousand times in its life.
    private const int MaxEpochsBytes = 4 * 1024 * 1024;
    private const int MaxChecksums = 1024;

    public RemotingCommand ToCommand()
    {
        var fields = new ExtFields();
        fields.Add("clusterName", ClusterName);
        fields.Add("brokerName", BrokerName);
        fields.Add("brokerId", BrokerId);
        fields.Add("minOffset", Log.MinOffset);
        fields.Add("maxOffset", Log.MaxOffset);
        fields.Add("confirmedOffset", Log.ConfirmedOffset);
        fields.Add("logFileSize", LogFileSizeBytes);
        fields.Add("checksums", string.Join(',', Checksums.Select(pair => $"{Number(pair.Key)}:{Number(pair.Value.From)}:{Number(pair.Value.Crc)}")));
        var epochs = string.Join(',', Log.Epochs.Select(epoch => $"{Number(epoch.Term)}:{Number(epoch.StartOffset)}"));
        return RemotingCommand.CreateRequest(RequestCode.ReplicationHandshake, fields, Encoding.ASCII.GetBytes(epochs));
    }

    /// <exception cref="FormatException">A field is missing or isn't what it should be; the message names it.</exception>
    public static HandshakeRequest Parse(RemotingCommand command)
    {
        var fields = command.ExtFields;
        if (command.Body.Length > MaxEpochsBytes)
        {
            throw new FormatException($"the epoch list has {command.Body.Length} bytes, the most is {MaxEpochsBytes}");
        }
        var epochs = Tuples("epochs", Encoding.ASCII.GetString(command.Body.Span), 2, int.MaxValue)
            .Select(pair => new TermEntry(checked((int)pair[0]), pair[1])).ToList();
        var min = ParseLong(fields, "minOffset");
        var max = ParseLong(fields, "maxOffset");
        var ordered = epochs.Zip(epochs.Skip(1)).All(pair =>
            pair.First.StartOffset < pair.Second.StartOffset && pair.First.Term < pair.Second.Term);
        if (min < 0 || max < min || !ordered)
        {
            throw new FormatException("the log's offsets or epochs aren't in order");
        }
        return new(
            Text(fields, "clusterName"),
            Text(fields, "brokerName"),
            ParseLong(fields, "brokerId"),
            new(epochs, min, max, ParseLong(fields, "confirmedOffset")),
            ParseLong(fields, "logFileSize"),
            Tuples("checksums", Text(fields, "checksums"), 3, MaxChecksums).ToDictionary(parts => parts[0], parts => Checksum(parts)));
    }

    private static LogChecksum Checksum(long[] parts) => parts[1] < parts[0] && parts[0] - parts[1] <= LogChecksum.Bytes
        ? new(parts[1], checked((uint)parts[2]))
        : throw new FormatException("field checksums covers no bytes, or too many");

    private static IEnumerable<long[]> Tuples(string field, string text, int size, int max)
    {
        var count = 0;
        foreach (var tuple in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = tuple.Split(':');
            var numbers = new long[size];
            var ok = parts.Length == size && ++count <= max;
            for (var i = 0; ok && i < size; i++)
            {
                ok = long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]);
            }
            yield return ok ? numbers : throw new FormatException($"field {field} isn't a list of {size} numbers each");
        }
    }

    internal static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string Text(ExtFields fields, string name) =>
        fields[name] ?? throw new FormatException($"field {name} is missing");

    internal static long ParseLong(ExtFields fields, string name) =>
        long.TryParse(Text(fields, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"field {name} isn't a number");
}

/// <summary>The master's answer: what the slave does next.</summary>
/// <param name="Action">See <see cref="ReplicationAction"/>.</param>
/// <param name="Ticket">With <see cref="ReplicationAction.StreamFrom"/>: the negative first report on the HA socket.</param>
/// <param name="HaPort">The master's HA port; 0 when it didn't say.</param>
/// <param name="Floor">With <see cref="ReplicationAction.AskChecksum"/>: the master has nothing older to compare.</param>
/// <param name="WantsTables">With a copy back: the master has lost its topics, groups and offsets as well.</param>
public sealed record HandshakeAnswer(ReplicationAction Action, long Ticket = 0, int HaPort = 0, bool WantsTables = false, long Floor = 0)
{
    public RemotingCommand ToCommand(RemotingCommand request)
    {
        var (name, offset, to, text) = Action switch
        {
            ReplicationAction.StreamFrom stream => ("stream", stream.Offset, 0L, null),
            ReplicationAction.TruncateSlave truncate => ("truncate", truncate.Offset, 0L, null),
            ReplicationAction.ResetSlave reset => ("reset", reset.Offset, 0L, null),
            ReplicationAction.CopyBackToMaster copy => (copy.MasterStartsEmpty ? "copyAll" : "copy", copy.From, copy.To, null),
            ReplicationAction.AskChecksum ask => ("checksum", ask.Offset, 0L, null),
            ReplicationAction.Wait wait => ("wait", 0L, 0L, wait.Reason),
            ReplicationAction.Refuse refuse => ("refuse", 0L, 0L, refuse.Reason),
            _ => throw new InvalidOperationException($"no name for {Action.GetType().Name}"),
        };
        var answer = request.CreateResponse(ResponseCode.Success, text);
        answer.ExtFields.Add("action", name);
        answer.ExtFields.Add("offset", offset);
        answer.ExtFields.Add("to", to);
        answer.ExtFields.Add("ticket", Ticket);
        answer.ExtFields.Add("haPort", HaPort);
        answer.ExtFields.Add("wantsTables", WantsTables);
        answer.ExtFields.Add("floor", Floor);
        return answer;
    }

    /// <exception cref="FormatException">A field is missing or isn't what it should be; the message names it.</exception>
    public static HandshakeAnswer Parse(RemotingCommand answer)
    {
        var fields = answer.ExtFields;
        var offset = HandshakeRequest.ParseLong(fields, "offset");
        var to = HandshakeRequest.ParseLong(fields, "to");
        var reason = answer.Remark ?? "";
        ReplicationAction action = HandshakeRequest.Text(fields, "action") switch
        {
            "stream" => new ReplicationAction.StreamFrom(offset),
            "truncate" => new ReplicationAction.TruncateSlave(offset),
            "reset" => new ReplicationAction.ResetSlave(offset),
            "copy" => new ReplicationAction.CopyBackToMaster(offset, to, MasterStartsEmpty: false),
            "copyAll" => new ReplicationAction.CopyBackToMaster(offset, to, MasterStartsEmpty: true),
            "checksum" => new ReplicationAction.AskChecksum(offset),
            "wait" => new ReplicationAction.Wait(reason),
            "refuse" => new ReplicationAction.Refuse(reason),
            var other => throw new FormatException($"the master answered with the unknown action {other}"),
        };
        return new(
            action,
            HandshakeRequest.ParseLong(fields, "ticket"),
            checked((int)HandshakeRequest.ParseLong(fields, "haPort")),
            HandshakeRequest.Text(fields, "wantsTables") == "true",
            HandshakeRequest.ParseLong(fields, "floor"));
    }
}
