using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

internal enum SessionOutcome
{
    /// <summary>Nothing was reached, or the master refuses or isn't ready.</summary>
    Failed,

    /// <summary>The log was followed for a while and the connection ended.</summary>
    GotOn,

    /// <summary>The logs came nearer to each other: ask the next question at once.</summary>
    AskAgain,
}

/// <summary>One try to agree with a master and to follow it. Runs one at a time; keeps what it learned between tries.</summary>
internal sealed class SlaveSession(
    ReplicationOptions options, MessageStore store, IReadOnlyList<IReplicatedTable> tables, ReplicationStateFile state,
    RemotingClient client, TimeProvider time, ILogger logger)
{
    private const int CopyBackPieceBytes = 1024 * 1024;
    // As a peer a master is its brokerId.
    public const string MasterPeer = "0";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CopyBackTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    // Null while no connection is up.
    private HaReceiver? _receiver;

    // Offsets for which the master wanted a checksum; forgotten when the log is cut or a new connection begins.
    private readonly HashSet<long> _asked = [];

    // Where the master's log begins, as far as it said so: a checksum covers nothing older.
    private long _floor;
    private readonly TableFollower _tableFollower = new(tables, client, options.MetadataPollInterval, time, logger);
    private string? _lastWords;

    public async Task<SessionOutcome> RunAsync(MasterAddresses master, CancellationToken cancellationToken)
    {
        HandshakeAnswer? answer;
        try
        {
            await DropPartialRecordAsync().ConfigureAwait(false);
            answer = await AskAsync(master, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException or FormatException or OverflowException)
        {
            Say(e.Message, () => ReplicationLog.MasterLost(logger, master.Remoting, e.Message));
            return SessionOutcome.Failed;
        }
        switch (answer?.Action)
        {
            case null:
                return await FollowAsync(master, null, store.MaxPhysicalOffset, cancellationToken).ConfigureAwait(false);
            case ReplicationAction.StreamFrom stream when stream.Offset == store.MaxPhysicalOffset:
                return await FollowAsync(master, answer.Ticket, stream.Offset, cancellationToken).ConfigureAwait(false);
            case ReplicationAction.AskChecksum ask:
                return RememberAsked(ask.Offset, answer.Floor) ? SessionOutcome.AskAgain : SessionOutcome.Failed;
            case ReplicationAction.TruncateSlave truncate:
                return await TruncateAsync(truncate.Offset).ConfigureAwait(false);
            case ReplicationAction.ResetSlave reset:
                return await ResetAsync(reset.Offset, cancellationToken).ConfigureAwait(false);
            case ReplicationAction.CopyBackToMaster copy:
                return await CopyBackAsync(master, copy, answer.WantsTables, cancellationToken).ConfigureAwait(false);
            case ReplicationAction.Refuse refuse:
                Say(refuse.Reason, () => ReplicationLog.RefusedByMaster(logger, master.Remoting, refuse.Reason));
                return SessionOutcome.Failed;
            case ReplicationAction.Wait wait:
                Say(wait.Reason, () => ReplicationLog.MasterSaysWait(logger, master.Remoting, wait.Reason));
                return SessionOutcome.Failed;
            default:
                return SessionOutcome.Failed;
        }
    }

    /// <summary>What this slave holds. After a crash the confirmed offset isn't known exactly, so all of it counts.</summary>
    private LogSummary Summary() => new(
        store.Terms.Entries, store.MinPhysicalOffset, store.MaxPhysicalOffset,
        state.Current.SessionOpen ? store.MaxPhysicalOffset : state.Current.ConfirmedOffset);

    /// <summary>False when the master asks for what it was told already.</summary>
    private bool RememberAsked(long offset, long floor)
    {
        var isNew = _asked.Add(offset) || floor != _floor;
        _floor = floor;
        return isNew;
    }

    /// <summary>Bytes after the last whole record: they come again, and an Apache master wants to begin at a record.</summary>
    private async Task DropPartialRecordAsync()
    {
        if (store.RawEndOffset > store.MaxPhysicalOffset)
        {
            await store.TruncateAsync(store.MaxPhysicalOffset).ConfigureAwait(false);
        }
    }

    public HaClientInfo Status(string? masterAddress)
    {
        var receiver = Volatile.Read(ref _receiver);
        return new(masterAddress, store.MaxPhysicalOffset, Ago(receiver?.LastRead), Ago(receiver?.LastReport), receiver?.Rate.PerSecond ?? 0);

        long Ago(long? timestamp) => timestamp is { } at ? (time.GetUtcNow() - time.GetElapsedTime(at)).ToUnixTimeMilliseconds() : 0;
    }

    private async Task<HandshakeAnswer?> AskAsync(MasterAddresses master, CancellationToken cancellationToken)
    {
        var log = Summary();
        var checksums = new Dictionary<long, LogChecksum>();
        foreach (var offset in _asked.Append(log.MaxOffset))
        {
            if (LogChecksum.Before(store, offset, _floor) is { } checksum)
            {
                checksums[offset] = checksum;
            }
        }
        var request = new HandshakeRequest(options.ClusterName, options.BrokerName, options.BrokerId, log, options.CommitLogFileSizeBytes, checksums);
        var answer = await client.InvokeAsync(master.Remoting, request.ToCommand(), HandshakeTimeout, cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            ResponseCode.RequestCodeNotSupported => null,
            ResponseCode.Success => HandshakeAnswer.Parse(answer),
            _ => throw new FormatException($"answered with code {answer.Code}: {answer.Remark}"),
        };
    }

    private async Task<SessionOutcome> FollowAsync(MasterAddresses master, long? ticket, long from, CancellationToken cancellationToken)
    {
        _asked.Clear();
        // The first report is an acknowledgement as well: what it names must be as safe as any other.
        if (options.SyncFlush && !await store.WaitFlushedAsync(from, HandshakeTimeout, cancellationToken).ConfigureAwait(false))
        {
            return SessionOutcome.Failed;
        }
        if (await ConnectAsync(master, cancellationToken).ConfigureAwait(false) is not { } stream)
        {
            return SessionOutcome.Failed;
        }
        using var receiver = new HaReceiver(stream, store, options, time);
        await state.UpdateAsync(current => current with { SessionOpen = true }, cancellationToken).ConfigureAwait(false);
        ReplicationLog.Following(logger, master.Ha, from, ticket is null ? "plain HA" : "agreed");
        _lastWords = null;

        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tablesTask = _tableFollower.RunAsync(master.Remoting, plain: ticket is null, following.Token);
        string reason;
        try
        {
            Volatile.Write(ref _receiver, receiver);
            reason = await receiver.RunAsync(ticket, from, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is SocketException cause)
        {
            reason = $"the connection broke ({cause.SocketErrorCode})";
        }
        finally
        {
            Volatile.Write(ref _receiver, null);
        }
        await following.CancelAsync().ConfigureAwait(false);
        await tablesTask.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await state.UpdateAsync(
            current => current with { SessionOpen = false, ConfirmedOffset = Math.Max(receiver.AckedOffset, from) }, CancellationToken.None).ConfigureAwait(false);
        ReplicationLog.MasterLost(logger, master.Ha, reason);
        return SessionOutcome.GotOn;
    }

    private static DnsEndPoint ParseHost(string address)
    {
        var colon = address.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out var port)
            ? new(address[..colon], port)
            : throw new FormatException($"{address} is no address of the form ip:port");
    }

    /// <summary>Null when the master's HA port can't be reached.</summary>
    private async Task<Stream?> ConnectAsync(MasterAddresses master, CancellationToken cancellationToken)
    {
        var endpoint = IPEndPoint.TryParse(master.Ha, out var parsed) ? (EndPoint)parsed : ParseHost(master.Ha);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectTimeout);
        try
        {
            return await options.Network.ConnectAsync(socket, endpoint, MasterPeer, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            socket.Dispose();
            Say(e.Message, () => ReplicationLog.MasterLost(logger, master.Ha, e.Message));
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<SessionOutcome> TruncateAsync(long offset)
    {
        ReplicationLog.Truncating(logger, store.MaxPhysicalOffset - offset, offset);
        await store.TruncateAsync(offset).ConfigureAwait(false);
        _asked.Clear();
        return SessionOutcome.AskAgain;
    }

    private async Task<SessionOutcome> ResetAsync(long offset, CancellationToken cancellationToken)
    {
        ReplicationLog.Resetting(logger, offset, store.MaxPhysicalOffset);
        await store.ResetToAsync(offset).ConfigureAwait(false);
        await state.UpdateAsync(current => current with { SessionOpen = false, ConfirmedOffset = 0 }, cancellationToken).ConfigureAwait(false);
        _asked.Clear();
        return SessionOutcome.AskAgain;
    }

    private async Task<SessionOutcome> CopyBackAsync(
        MasterAddresses master, ReplicationAction.CopyBackToMaster copy, bool wantsTables, CancellationToken cancellationToken)
    {
        ReplicationLog.CopyingBack(logger, master.Remoting, copy.From, copy.To);
        try
        {
            if (wantsTables)
            {
                var bundle = TableBundle.Encode(tables.Select(table => new TableCopy(table.FileName, 0, table.ToJson())));
                await SendBackAsync(master, CopyBackProcessor.CreateTablesRequest(options.BrokerId, bundle), cancellationToken).ConfigureAwait(false);
            }
            var buffer = new byte[CopyBackPieceBytes];
            for (var offset = copy.From; offset < copy.To;)
            {
                var size = store.ReadRaw(offset, buffer);
                if (size == 0)
                {
                    throw new FormatException($"this slave has nothing at offset {offset}");
                }
                var request = CopyBackProcessor.CreateLogRequest(options.BrokerId, offset, copy.To, buffer.AsMemory(0, size));
                var answer = await SendBackAsync(master, request, cancellationToken).ConfigureAwait(false);
                offset = HandshakeRequest.ParseLong(answer.ExtFields, "nextOffset");
            }
            return SessionOutcome.AskAgain;
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException or FormatException)
        {
            ReplicationLog.MasterLost(logger, master.Remoting, e.Message);
            return SessionOutcome.Failed;
        }
    }

    private async Task<RemotingCommand> SendBackAsync(MasterAddresses master, RemotingCommand request, CancellationToken cancellationToken)
    {
        var answer = await client.InvokeAsync(master.Remoting, request, CopyBackTimeout, cancellationToken).ConfigureAwait(false);
        return answer.Code == ResponseCode.Success ? answer : throw new FormatException($"answered with code {answer.Code}: {answer.Remark}");
    }

    /// <summary>Says the same thing once, though it is tried many times a second.</summary>
    private void Say(string words, Action log)
    {
        if (_lastWords != words)
        {
            _lastWords = words;
            log();
        }
    }
}
