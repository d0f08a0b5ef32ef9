using System.Globalization;
using System.Text;
using RocketAspire.Client;
using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Messages;

/// <summary>Reads what waits out of brokers' internal topics: each group's master is asked, and its settings say how long a level waits.</summary>
public sealed class WaitingReader(ClusterGateway gateway, ClusterPoller poller, TimeProvider time)
{
    /// <summary>No more are shown of a queue than that.</summary>
    public const int Most = 300;

    /// <summary>So many messages of the timer's topic are looked at, the newest first: most of it has been delivered.</summary>
    private const int MostLookedAt = 50_000;

    private const string TransactionGroup = "CID_RMQ_SYS_TRANS";
    private const int PullSize = 32;

    public async Task<WaitingList> ReadAsync(WaitingKind kind, CancellationToken cancellationToken)
    {
        if (kind == WaitingKind.Timed) return await ReadTimedAsync(cancellationToken).ConfigureAwait(false);
        if (kind == WaitingKind.GivenUp) return await ReadGivenUpAsync(cancellationToken).ConfigureAwait(false);
        var lists = await Task.WhenAll(Masters().Select(master => kind == WaitingKind.Delayed ? ReadDelayedAsync(master, cancellationToken) : ReadHalfAsync(master, cancellationToken))).ConfigureAwait(false);
        return new WaitingList([.. lists.SelectMany(static list => list.Messages).OrderBy(static message => message.DueAt ?? message.Row.StoredAt)], lists.Sum(static list => list.Total));
    }

    /// <summary>The table of delays as it stands in a broker's settings: <c>1s 5s 1m</c>; null where a part is none.</summary>
    public static IReadOnlyList<TimeSpan?> Levels(string? setting) =>
    [
        .. (setting ?? "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static TimeSpan? (part) =>
            long.TryParse(part.AsSpan(0, part.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount) && amount < 100_000
                ? part[^1] switch { 's' => TimeSpan.FromSeconds(amount), 'm' => TimeSpan.FromMinutes(amount), 'h' => TimeSpan.FromHours(amount), 'd' => TimeSpan.FromDays(amount), _ => null }
                : null),
    ];

    private IEnumerable<NodeState> Masters() => poller.Current.Groups.Select(static group => group.Master).OfType<NodeState>();

    private async Task<WaitingList> ReadDelayedAsync(NodeState master, CancellationToken cancellationToken)
    {
        // The last poll's is two seconds old: what was delivered since would be shown as overdue.
        var runtime = await gateway.Admin.Brokers.GetRuntimeInfoAsync(master.Address, cancellationToken).ConfigureAwait(false);
        var settings = await gateway.Admin.Brokers.GetConfigAsync(master.Address, cancellationToken).ConfigureAwait(false);
        var delays = Levels(settings.GetValueOrDefault("messageDelayLevel"));
        var found = new List<WaitingMessage>();
        var total = 0L;
        for (var level = 1; level <= delays.Count; level++)
        {
            // Where delivery stands; Apache's broker tells it of levels only of which it has delivered something.
            var told = runtime.GetValueOrDefault($"scheduleMessageOffset_{level}")?.Split(',');
            var next = told is [var at, _] && long.TryParse(at, CultureInfo.InvariantCulture, out var offset) ? Math.Max(0, offset) : 0;
            var end = await gateway.Admin.GetMaxOffsetAsync(master.Address, TopicNames.Schedule, level - 1, cancellationToken).ConfigureAwait(false);
            if (end <= next) continue;
            total += end - next;
            var (nth, delay) = (level, (long?)delays[level - 1]?.TotalMilliseconds);
            found.AddRange(await PullAsync(master.Address, TopicNames.Schedule, level - 1, next, Math.Min(end, next + Most),
                record => new WaitingMessage(new MessageRow(record), master.Group, master.Address, record.StoreTimestamp + delay, nth), cancellationToken).ConfigureAwait(false));
        }

        return new WaitingList(found, total);
    }

    private async Task<WaitingList> ReadTimedAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var found = new List<WaitingMessage>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var takenBack = new HashSet<string>(StringComparer.Ordinal);
        var lookedAt = 0;
        await foreach (var record in gateway.Admin.Messages.ScanAsync(new TopicScan { Topic = TopicNames.Timer, NewestFirst = true }, cancellationToken).ConfigureAwait(false))
        {
            if (++lookedAt > MostLookedAt) break;
            var properties = MessageProperties.Parse(record.Properties.Span);
            if (properties.TryGetValue(MessageProperties.TimerDeleteUniqKey, out var deleted))
            {
                takenBack.Add(deleted);
                continue;
            }

            // Delivered at the second behind the one that is written.
            if (!long.TryParse(properties.GetValueOrDefault(MessageProperties.TimerOutMs), CultureInfo.InvariantCulture, out var outMs) || outMs + TimerProperties.PrecisionMs <= now) continue;
            var row = new MessageRow(record);
            if (takenBack.Contains(row.Id) || takenBack.Contains(TimerProperties.DeleteKey(row.RealTopic, row.Id))) continue;
            // What is due far away is written anew from time to time: the newest of its copies counts.
            if (!seen.Add(row.Id)) continue;
            var (name, address) = HolderOf(record);
            found.Add(new WaitingMessage(row, name, address, outMs + TimerProperties.PrecisionMs));
        }

        return new WaitingList([.. found.OrderBy(static message => message.DueAt).Take(Most)], found.Count);
    }

    private async Task<WaitingList> ReadHalfAsync(NodeState master, CancellationToken cancellationToken)
    {
        var (from, to) = await BoundsAsync(master.Address, TopicNames.TransHalf, cancellationToken).ConfigureAwait(false);
        if (to <= from) return new WaitingList([], 0);
        var settings = await gateway.Admin.Brokers.GetConfigAsync(master.Address, cancellationToken).ConfigureAwait(false);
        var most = int.TryParse(settings.GetValueOrDefault("transactionCheckMax"), CultureInfo.InvariantCulture, out var checks) ? checks : (int?)null;
        var halves = await PullAsync(master.Address, TopicNames.TransHalf, 0, from, Math.Min(to, from + (10 * Most)), static record => new Half(record), cancellationToken).ConfigureAwait(false);
        // Ends are read after half messages: one that ends between is not shown as open.
        var ended = await EndedAsync(master.Address, cancellationToken).ConfigureAwait(false);
        // A broker writes a half message anew each time it asks: those of one transaction are its copies, of which the last counts.
        var open = halves.GroupBy(static half => half.Row.Id, StringComparer.Ordinal)
            .Where(copies => !copies.Any(copy => ended.Contains(copy.Row.QueueOffset) || ended.Contains(copy.Origin)))
            .Select(static copies => copies.MaxBy(static copy => copy.Row.QueueOffset)!).ToList();
        return new WaitingList([.. open.Take(Most).Select(half => new WaitingMessage(half.Row, master.Group, master.Address, Checks: half.Checks, MostChecks: most))], open.Count);
    }

    private async Task<HashSet<long>> EndedAsync(string address, CancellationToken cancellationToken)
    {
        var (from, to) = await BoundsAsync(address, TopicNames.TransOpHalf, cancellationToken).ConfigureAwait(false);
        var ended = new HashSet<long>();
        foreach (var halves in await PullAsync(address, TopicNames.TransOpHalf, 0, from, to, static record => Encoding.UTF8.GetString(record.Body.Span), cancellationToken).ConfigureAwait(false))
        {
            // One half message's place, or several as 5.x writes them.
            foreach (var part in halves.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var half)) ended.Add(half);
        }

        return ended;
    }

    private async Task<WaitingList> ReadGivenUpAsync(CancellationToken cancellationToken)
    {
        var found = new List<WaitingMessage>();
        var total = 0L;
        var scan = new TopicScan { Topic = TopicNames.TransCheckMaxTime, NewestFirst = true, Progress = progress => total = progress.Total };
        await foreach (var record in gateway.Admin.Messages.ScanAsync(scan, cancellationToken).ConfigureAwait(false))
        {
            var (name, address) = HolderOf(record);
            found.Add(new WaitingMessage(new MessageRow(record), name, address, Checks: (int)(Number(MessageProperties.Parse(record.Properties.Span), MessageProperties.TransactionCheckTimes) ?? 0)));
            if (found.Count >= Most) break;
        }

        return new WaitingList(found, total);
    }

    /// <summary>From where the broker's own check of transactions goes on, to the end.</summary>
    private async Task<(long From, long To)> BoundsAsync(string address, string topic, CancellationToken cancellationToken)
    {
        if (poller.Current.Topics.All(known => known.Name != topic)) return (0, 0);
        var to = await gateway.Admin.GetMaxOffsetAsync(address, topic, 0, cancellationToken).ConfigureAwait(false);
        var min = await gateway.Admin.GetMinOffsetAsync(address, topic, 0, cancellationToken).ConfigureAwait(false);
        var at = await gateway.Admin.Groups.GetOffsetAsync(address, topic, 0, TransactionGroup, cancellationToken).ConfigureAwait(false);
        return (Math.Max(min, at ?? 0), to);
    }

    /// <summary>What is made of each message is kept, its body isn't: thousands of those would be gigabytes.</summary>
    private async Task<List<T>> PullAsync<T>(string address, string topic, int queueId, long from, long to, Func<MessageRecord, T> keep, CancellationToken cancellationToken)
    {
        var puller = new MessagePuller(gateway.Connection);
        var kept = new List<T>();
        while (from < to)
        {
            var pulled = await puller.PullAsync(address, topic, queueId, from, PullSize, cancellationToken: cancellationToken).ConfigureAwait(false);
            kept.AddRange(pulled.Messages.Where(record => record.QueueOffset < to).Select(keep));
            if (pulled.NextBeginOffset <= from) break;
            from = pulled.NextBeginOffset;
        }

        return kept;
    }

    private (string Name, string Address) HolderOf(MessageRecord record)
    {
        var stored = record.StoreHost.ToString();
        var group = poller.Current.Groups.FirstOrDefault(group => group.Nodes.Any(node => node.Address == stored));
        return (group?.Name ?? stored, group?.Master?.Address ?? stored);
    }

    private static long? Number(IReadOnlyDictionary<string, string> properties, string name) =>
        long.TryParse(properties.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A half message of the queue, or a copy of one.</summary>
    private sealed class Half
    {
        public Half(MessageRecord record)
        {
            var properties = MessageProperties.Parse(record.Properties.Span);
            Row = new MessageRow(record);
            Origin = Number(properties, MessageProperties.TransactionPreparedQueueOffset) ?? record.QueueOffset;
            Checks = (int)(Number(properties, MessageProperties.TransactionCheckTimes) ?? 0);
        }

        public MessageRow Row { get; }

        /// <summary>Place of the first of its copies.</summary>
        public long Origin { get; }

        public int Checks { get; }
    }
}
