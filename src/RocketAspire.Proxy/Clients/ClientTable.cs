using System.Collections.Concurrent;

namespace RocketAspire.Proxy;

/// <summary>Clients by their ids. One that was not heard for long and has no stream open is forgotten.</summary>
internal sealed class ClientTable(ProxyOptions options)
{
    private readonly ConcurrentDictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);
    private long _version;
    private int _turn;

    public int Count => _sessions.Count;

    /// <summary>Grows when a client comes, goes or tells new settings.</summary>
    public long Version => Volatile.Read(ref _version);

    public IEnumerable<ClientSession> All() => _sessions.Values;

    /// <summary>Something of a client changed that others are told.</summary>
    public void Changed() => Interlocked.Increment(ref _version);

    public ClientSession? Find(string clientId) => _sessions.GetValueOrDefault(clientId);

    public bool IsThere(string clientId) => _sessions.ContainsKey(clientId);

    public ClientSession GetOrAdd(string clientId)
    {
        var session = _sessions.GetOrAdd(clientId, id => new ClientSession(id, options.Time.GetUtcNow()));
        Touch(session);
        return session;
    }

    public void Touch(ClientSession session) => session.Seen(options.Time.GetTimestamp());

    public ClientSession? Remove(string clientId)
    {
        if (!_sessions.TryRemove(clientId, out var session)) return null;
        Changed();
        return session;
    }

    /// <summary>Forgets those that are gone without a word.</summary>
    public void Sweep()
    {
        foreach (var session in _sessions.Values)
        {
            if (session.Stream is null && options.Time.GetElapsedTime(session.SeenAt) > options.ClientTimeout)
            {
                _sessions.TryRemove(new(session.ClientId, session));
                Changed();
            }
        }
    }

    /// <summary>All topics to which somebody sends transactions.</summary>
    public IReadOnlyCollection<string> TransactionTopics() => new SortedSet<string>(_sessions.Values.SelectMany(static session => session.TransactionTopics), StringComparer.Ordinal);

    /// <summary>One that sends transactions to that topic and can be asked; they take turns.</summary>
    public ClientSession? PickProducer(string topic)
    {
        var able = _sessions.Values.Where(session => session.Stream is not null && session.HasTransactionTopic(topic)).OrderBy(static session => session.ClientId, StringComparer.Ordinal).ToList();
        return able.Count == 0 ? null : able[(int)((uint)Interlocked.Increment(ref _turn) % (uint)able.Count)];
    }
}
