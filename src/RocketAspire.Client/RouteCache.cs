using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Routes by topic. A route too old is asked for again; while no name server answers, the old one goes on serving.</summary>
public sealed class RouteCache(RocketMQConnection connection)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Raised after each answer, with null when no name server knows a route.</summary>
    internal event Action<string, TopicRouteData?>? Answered;

    /// <summary>The route, or null when no name server knows one.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers and there is no older route.</exception>
    public async ValueTask<TopicRouteData?> GetAsync(string topic, CancellationToken cancellationToken)
    {
        var entry = _entries.GetOrAdd(topic, static _ => new Entry());
        if (entry.Route is { } known && !IsOld(entry)) return known;
        return await RefreshAsync(topic, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks now; callers that come together share one request.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers and there is no older route.</exception>
    public async ValueTask<TopicRouteData?> RefreshAsync(string topic, CancellationToken cancellationToken)
    {
        var entry = _entries.GetOrAdd(topic, static _ => new Entry());
        Task<TopicRouteData?> asking;
        lock (entry)
        {
            // The shared request outlives a caller that gives up: the others still want it.
            if (entry.Asking is not { IsCompleted: false }) entry.Asking = AskAsync(topic);
            asking = entry.Asking;
        }

        TopicRouteData? route;
        try
        {
            route = await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RocketMQNameServersUnavailableException) when (entry.Route is not null)
        {
            return entry.Route;
        }

        lock (entry)
        {
            entry.Route = route;
            entry.AskedAt = connection.Options.Time.GetTimestamp();
        }

        return route;
    }

    /// <summary>What was known of the topic counts no more: the next reader asks.</summary>
    public void Forget(string topic) => _entries.TryRemove(topic, out _);

    private bool IsOld(Entry entry) => connection.Options.Time.GetElapsedTime(entry.AskedAt) >= connection.Options.RouteMaxAge;

    private async Task<TopicRouteData?> AskAsync(string topic)
    {
        var answer = await connection.AskNameServersAsync(() => RouteRequest(topic), CancellationToken.None).ConfigureAwait(false);
        var route = ReadRoute(answer, "a name server");
        Answered?.Invoke(topic, route);
        return route;
    }

    internal static RemotingCommand RouteRequest(string topic) => RemotingCommand.CreateRequest(
        RequestCode.GetRouteinfoByTopic, new() { { "topic", topic }, { "acceptStandardJsonOnly", true } });

    /// <exception cref="RocketMQResponseException">Neither a route nor its absence.</exception>
    internal static TopicRouteData? ReadRoute(RemotingCommand answer, string address) => answer.Code switch
    {
        ResponseCode.Success => Body.Read(address, RequestCode.GetRouteinfoByTopic, answer, TopicRouteData.Decode),
        ResponseCode.TopicNotExist => null,
        _ => throw new RocketMQResponseException(address, RequestCode.GetRouteinfoByTopic, answer.Code, answer.Remark),
    };

    private sealed class Entry
    {
        public TopicRouteData? Route { get; set; }

        public long AskedAt { get; set; }

        public Task<TopicRouteData?>? Asking { get; set; }
    }
}
