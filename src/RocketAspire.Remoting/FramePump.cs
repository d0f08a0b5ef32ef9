using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>
/// The reading side of a connection: takes frames, hands answers to whoever waits for them and starts processors. What a read
/// brought is answered with one flush. Reading pauses while the peer doesn't take its answers or too much is in work.
/// </summary>
internal sealed class FramePump(
    RemotingConnection connection,
    Stream stream,
    OutputQueue output,
    CallTable calls,
    RequestDispatcher dispatcher,
    RemotingOptions options,
    ILogger logger)
{
    /// <summary>Answers of one batch are sent when they reach this size, or at the batch's end.</summary>
    private const int FlushBytes = 64 * 1024;

    private readonly InFlightGate _inFlight = new(options.MaxInFlightRequests, options.MaxInFlightBytes);

    private readonly ReceiveBuffer _input = new(stream);

    /// <summary>Before anything was read.</summary>
    public void UseStream(Stream secured) => _input.UseStream(secured);

    public int InFlight => _inFlight.Count;

    /// <summary>Ends with the stream, or when the connection closes.</summary>
    public async Task RunAsync()
    {
        try
        {
            var tookAll = true;
            while (connection.IsOpen)
            {
                // What is left of a batch cut short is taken before anything more is read.
                if (tookAll && !await _input.ReceiveAsync().ConfigureAwait(false)) return;
                connection.Touch();
                output.BeginBatch();
                try
                {
                    tookAll = TakeFrames();
                }
                finally
                {
                    output.EndBatch();
                }

                if (output.IsPaused) await output.WaitUntilResumedAsync().ConfigureAwait(false);
                if (_inFlight.IsFull) await _inFlight.WaitAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _input.Release();
        }
    }

    /// <summary>Starts all whole frames; false when it stopped before the last one, since too much is in work or unsent.</summary>
    private bool TakeFrames()
    {
        var startedMs = Environment.TickCount64;
        while (connection.IsOpen)
        {
            if (!TryTake(out var command)) return true;
            if (command is null) continue;
            if (command.IsResponse) calls.Complete(command);
            else Dispatch(command);

            // Slow processors must not hold back the answers of quick ones before them, nor many answers fill the memory.
            var nowMs = Environment.TickCount64;
            if (nowMs != startedMs || output.Gathered >= FlushBytes)
            {
                startedMs = nowMs;
                output.FlushBatch();
                if (output.IsPaused) return false;
            }

            if (_inFlight.IsFull) return false;
        }

        return true;
    }

    /// <summary>False when no whole frame is there. A frame with a bad header is answered here and gives no command.</summary>
    private bool TryTake(out RemotingCommand? command)
    {
        var rest = _input.Unread;
        var before = rest.Length;
        try
        {
            return RemotingFrame.TryRead(ref rest, out command);
        }
        catch (RemotingHeaderException e)
        {
            Log.BadHeader(logger, connection.RemoteAddress, e.Message);
            if (e.CreateResponse() is { } refusal) connection.Write(refusal);
            command = null;
            return true;
        }
        finally
        {
            _input.Consume(before - rest.Length);
        }
    }

    private void Dispatch(RemotingCommand request)
    {
        // A peer that ended without reading may leave hundreds of questions behind: nobody gets their answers.
        if (output.IsClosed && !request.IsOneway) return;
        var answer = dispatcher.DispatchAsync(connection, request, connection.ConnectionClosed);
        if (answer.IsCompletedSuccessfully)
        {
            Answer(request, answer.Result);
            return;
        }

        _inFlight.Enter(request.Body.Length);
        _ = AnswerLaterAsync(request, answer);
    }

    private async Task AnswerLaterAsync(RemotingCommand request, ValueTask<RemotingCommand?> pending)
    {
        try
        {
            Answer(request, await pending.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // The dispatcher has answered what processors throw: this is a failure of writing.
            connection.Close("writing failed: " + e.Message, e.Message);
        }
        finally
        {
            _inFlight.Leave(request.Body.Length);
        }
    }

    private void Answer(RemotingCommand request, RemotingCommand? response)
    {
        if (response is null || request.IsOneway) return;
        response.Opaque = request.Opaque;
        connection.Respond(response);
    }
}
