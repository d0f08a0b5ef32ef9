using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Puts committed bytes right that this node's disk changed, by what its peers hold.</summary>
/// <param name="log">This node's.</param>
/// <param name="repair">Writes to it.</param>
/// <param name="peers">The ids of the others.</param>
/// <param name="ask">Asks one of them; null when there is no answer.</param>
/// <param name="logger">Where to log.</param>
internal sealed class LogMender(CommittedLog log, LogRepair repair, IReadOnlyList<string> peers, Func<string, RemotingCommand, Task<RemotingCommand?>> ask, ILogger logger)
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>How two logs compare.</summary>
    internal enum Comparison
    {
        Same,

        /// <summary>It was damaged here, and isn't any more.</summary>
        Mended,

        /// <summary>They differ, and nobody can say yet who is right; or nobody else has it.</summary>
        Open,

        /// <summary>No peer answered.</summary>
        Alone,
    }

    /// <summary>Fetches the record that begins there when the one here isn't sound. True when it was mended now.</summary>
    public async Task<bool> MendRecordAsync(long at)
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            if (at < log.Start || at >= log.End || log.Record(at, out _) is not null) return false;
            foreach (var peer in peers)
            {
                if (await BytesAsync(peer, RequestCode.RaftLogBytes, at, null).ConfigureAwait(false) is not { IsEmpty: false } bytes) continue;
                if (!log.IsSound(at, bytes.Span, out var size) || at + size > log.End || !repair.Write(at, bytes.Span)) continue;
                RaftLog.Mended(logger, at, at + size, peer);
                return true;
            }

            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Compares with any peer, with all of them when it differs, and takes what a majority has.</summary>
    public async Task<Comparison> CompareAsync(long from, long to)
    {
        var others = new List<(string Peer, byte[] Sum)>();
        var isAlone = true;
        byte[]? own = null;
        foreach (var peer in peers)
        {
            if (await BytesAsync(peer, RequestCode.RaftLogSum, from, to).ConfigureAwait(false) is not { } sum) continue;
            isAlone = false;
            if (sum.IsEmpty) continue;
            // Not there any more: retention took it.
            if ((own ??= log.Sum(from, to)) is null) return Comparison.Same;
            // One that has the same is enough: two disks don't err alike.
            if (sum.Span.SequenceEqual(own)) return Comparison.Same;
            others.Add((peer, sum.ToArray()));
        }

        if (others.Count == 0) return isAlone ? Comparison.Alone : Comparison.Open;
        if (Winner(others) is { } winner) return await TakeAsync(winner, from, to).ConfigureAwait(false) ? Comparison.Mended : Comparison.Open;

        // No majority to ask: what is no sound record here is wrong for certain.
        await MendUnsoundAsync(from).ConfigureAwait(false);
        return log.Sum(from, to) is { } now && others.Exists(other => other.Sum.AsSpan().SequenceEqual(now)) ? Comparison.Mended : Comparison.Open;
    }

    /// <summary>One of a majority of all nodes that have the same.</summary>
    private (string Peer, byte[] Sum)? Winner(List<(string Peer, byte[] Sum)> others)
    {
        var majority = ((peers.Count + 1) / 2) + 1;
        foreach (var other in others)
        {
            if (others.Count(o => o.Sum.AsSpan().SequenceEqual(other.Sum)) >= majority) return other;
        }

        return null;
    }

    private async Task<bool> TakeAsync((string Peer, byte[] Sum) from, long start, long end)
    {
        if (await BytesAsync(from.Peer, RequestCode.RaftLogBytes, start, end).ConfigureAwait(false) is not { } bytes) return false;
        if (bytes.Length != end - start || !System.IO.Hashing.XxHash128.Hash(bytes.Span).AsSpan().SequenceEqual(from.Sum) || !repair.Write(start, bytes.Span)) return false;
        RaftLog.Mended(logger, start, end, from.Peer);
        return true;
    }

    private async Task MendUnsoundAsync(long inFile)
    {
        // A file begins with a record.
        var end = Math.Min(log.EndOfFile(inFile), log.End);
        for (var at = log.StartOfFile(inFile); at < end;)
        {
            if (log.Record(at, out var size) is not null) at += size;
            else if (!await MendRecordAsync(at).ConfigureAwait(false)) return;
        }
    }

    /// <summary>Null when the peer doesn't answer, or doesn't know the question; empty when it hasn't what was asked for.</summary>
    private async Task<ReadOnlyMemory<byte>?> BytesAsync(string peer, int code, long from, long? to)
    {
        var fields = new ExtFields { { RaftLogSumProcessor.From, from.ToString(CultureInfo.InvariantCulture) } };
        if (to is { } end) fields.Add(RaftLogSumProcessor.To, end.ToString(CultureInfo.InvariantCulture));
        var answer = await ask(peer, RemotingCommand.CreateRequest(code, fields)).ConfigureAwait(false);
        return answer is { Code: ResponseCode.Success } ? answer.Body : null;
    }
}
