using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>The table of processors. A code nobody serves is answered with REQUEST_CODE_NOT_SUPPORTED, an exception with SYSTEM_ERROR.</summary>
public sealed class RequestDispatcher
{
    private readonly Dictionary<int, IRequestProcessor> _table = [];
    private readonly IRequestGuard? _guard;
    private readonly ILogger _logger;

    /// <param name="table">Who serves what.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="guard">Who may ask; null: everybody.</param>
    /// <exception cref="ArgumentException">Two processors claim one code.</exception>
    public RequestDispatcher(IEnumerable<IRequestProcessor> table, ILogger logger, IRequestGuard? guard = null)
    {
        _guard = guard;
        _logger = logger;
        foreach (var processor in table)
        {
            if (!_table.TryAdd(processor.Code, processor))
                throw new ArgumentException($"request code {processor.Code} is served by both {_table[processor.Code].GetType().Name} and {processor.GetType().Name}", nameof(table));
        }
    }

    public IReadOnlyCollection<int> Codes => _table.Keys;

    public ValueTask<RemotingCommand?> DispatchAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        RemotingTelemetry.IsEnabled ? MeasureAsync(connection, request, cancellationToken) : AnswerAsync(connection, request, cancellationToken);

    private async ValueTask<RemotingCommand?> MeasureAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await AnswerAsync(connection, request, cancellationToken).ConfigureAwait(false);
        RemotingTelemetry.Record(request, answer, began);
        return answer;
    }

    private ValueTask<RemotingCommand?> AnswerAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (_guard is not null && Refuse(connection, request) is { } refusal) return new(refusal);
        if (!_table.TryGetValue(request.Code, out var processor))
            return new(request.CreateResponse(ResponseCode.RequestCodeNotSupported, $" request type {request.Code} not supported"));
        try
        {
            var answer = processor.ProcessAsync(connection, request, cancellationToken);
            return answer.IsCompletedSuccessfully ? answer : AwaitAsync(connection, request, answer);
        }
        catch (Exception e)
        {
            return new(Failed(connection, request, e));
        }
    }

    private RemotingCommand? Refuse(RemotingConnection connection, RemotingCommand request)
    {
        try
        {
            if (_guard!.Refuse(connection, request) is not { } reason) return null;
            Log.Refused(_logger, request.Code, connection.RemoteAddress, reason);
            return request.CreateResponse(ResponseCode.SystemError, reason);
        }
        catch (Exception e)
        {
            return Failed(connection, request, e);
        }
    }

    private async ValueTask<RemotingCommand?> AwaitAsync(RemotingConnection connection, RemotingCommand request, ValueTask<RemotingCommand?> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!connection.IsOpen)
        {
            return null;
        }
        catch (Exception e)
        {
            return Failed(connection, request, e);
        }
    }

    private RemotingCommand Failed(RemotingConnection connection, RemotingCommand request, Exception exception)
    {
        var reason = $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}";
        Log.ProcessorFailed(_logger, request.Code, connection.RemoteAddress, reason, exception);
        return request.CreateResponse(ResponseCode.SystemError, reason);
    }
}
