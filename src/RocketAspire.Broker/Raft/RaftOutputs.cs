using System.Buffers;
using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>What a node is made of beside its core.</summary>
internal sealed record RaftNodeParts(MessageStore Store, StoreRaftLog Log, RaftStateSaver States, PeerTransport Transport, LogScrubber Scrubber, IRaftTables Tables);

/// <summary>The node can't go on in its group.</summary>
internal sealed class RaftStoppedException(string reason) : Exception(reason);

/// <summary>Carries out what the core decided, in its order: refuse, remember, write, open, send, apply.</summary>
internal sealed class RaftOutputs(string selfId, RaftCore core, RaftNodeParts parts, IRaftOwner owner, Action logMoved, Action roleMoved, Func<bool> stopping, ILogger logger)
{
    private const int RetryMs = 100;

    private byte[] _encoded = new byte[4096];
    private string _toldFailure = "";
    private string? _gaveUpLead;

    /// <summary>Takes and does all that is there to do.</summary>
    /// <exception cref="RaftStoppedException">This node must not take part any more.</exception>
    public void CarryOut(long nowMs)
    {
        while (core.TakeOutput() is { } output && output != RaftOutput.Nothing)
        {
            try
            {
                CarryOut(output, nowMs);
            }
            finally
            {
                parts.Log.Release();
            }

            if (_gaveUpLead is not { } reason) continue;
            _gaveUpLead = null;
            core.Resign(reason, nowMs);
        }
    }

    private void CarryOut(RaftOutput output, long nowMs)
    {
        if (output.Violation is { } violation) throw new RaftStoppedException(violation);
        if (output.LostLeadership)
        {
            parts.Store.CloseAppends();
            owner.OnLeadershipLost();
            // Now, not at the turn's end: what follows may wait for a full disk.
            roleMoved();
        }

        if (output.HoldAppends) parts.Store.CloseAppends();
        if (output.State is { } state)
        {
            if (output.StateCanWait) parts.States.SaveSoon(state);
            else UntilDone("raft.state", () => parts.States.Save(state));
        }

        if (output.ResetTo is { } reset) BeginAnew(reset);
        if (output.TruncateTo is { } cut) Cut(cut);
        var written = output.Write is not { } write || TryWrite(write);
        if (output.BecameLeader is { } term) Lead(term, isNew: true, nowMs);
        if (output.AppendMarker is { } again) Lead(again, isNew: false, nowMs);

        // What would be said of bytes that are not there must not be said; who sent them sends them again.
        if (written)
        {
            foreach (var message in output.Messages) Send(message);
        }

        if (output.Commit is not { } commit) return;
        parts.Store.SetConfirmOffset(commit);
        owner.OnCommitted(commit);
    }

    private void BeginAnew(RaftReset reset)
    {
        RaftLog.BeginsAnew(logger, selfId, reset.Start);
        // The tables first: with the old log they are merely ahead of it, while an empty log without tables has lost them.
        UntilDone("the metadata", () => parts.Tables.Import(reset.Start, reset.Tables));
        UntilDone("the log", () => parts.Store.ResetToAsync(reset.Start, reset.Terms).GetAwaiter().GetResult());
        logMoved();
    }

    private void Cut(long offset)
    {
        RaftLog.Cuts(logger, selfId, parts.Store.MaxPhysicalOffset, offset);
        UntilDone("the log", () => parts.Store.TruncateAsync(offset).GetAwaiter().GetResult());
        logMoved();
    }

    private bool TryWrite(RaftWrite write)
    {
        try
        {
            parts.Store.AppendRaw(write.Offset, write.Bytes.Span);
            _toldFailure = "";
            return true;
        }
        catch (Exception e) when (e is ReplicaStreamException or StoreException or IOException)
        {
            // The leader sends again several times a second.
            if (e.Message != _toldFailure) RaftLog.OutputFailed(logger, selfId, e.Message, e);
            _toldFailure = e.Message;
            return false;
        }
    }

    private void Lead(int term, bool isNew, long nowMs)
    {
        var marker = parts.Store.OpenAppends(term);
        if (!marker.IsOk)
        {
            core.CanLead = false;
            RaftLog.Resigns(logger, selfId, $"its log can't be written: {marker.Status}");
            core.Resign($"its log can't be written: {marker.Status}", nowMs);
            return;
        }

        if (!isNew) return;
        RaftLog.Leads(logger, selfId, term, marker.PhysicalOffset);
        owner.OnElected(term, marker.PhysicalOffset, marker.EndOffset);
    }

    private void Send(RaftMessage message)
    {
        if (message is InstallBase { Tables.IsEmpty: true } install) message = install with { Tables = parts.Tables.Export(install.Start) };
        var length = RaftMessageCodec.Measure(message);
        if (_encoded.Length < length) _encoded = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)];
        length = RaftMessageCodec.Encode(message, _encoded);
        parts.Transport.Send(message.Header.To, _encoded.AsMemory(0, length));
    }

    /// <summary>What must be on the disk before anything else may happen: a full disk is waited for, a broken one ends it.</summary>
    private void UntilDone(string what, Action action)
    {
        var told = false;
        while (true)
        {
            try
            {
                action();
                return;
            }
            catch (StorePoisonedException e)
            {
                throw new RaftStoppedException($"{what} can't be synced: {e.Message}");
            }
            catch (IOException e)
            {
                if (stopping()) throw new RaftStoppedException($"{what} can't be written: {e.Message}");
                if (!told) RaftLog.OutputFailed(logger, selfId, e.Message, e);
                if (!told) GiveUpLead($"{what} could not be written");
                told = true;
                Thread.Sleep(RetryMs);
            }
        }
    }

    /// <summary>A leader that waits for its disk hears nobody, so the group elects another: it must not go on as one meanwhile. Its core is told when it can be.</summary>
    private void GiveUpLead(string reason)
    {
        if (core.Role != RaftRole.Leader) return;
        RaftLog.Resigns(logger, selfId, reason);
        _gaveUpLead = reason;
        parts.Store.CloseAppends();
        owner.OnLeadershipLost();
    }
}
