namespace RocketAspire.Console.Access;

/// <summary>Sessions that were signed out of: neither a copy of the cookie nor a page that is still open goes on with one. Thread-safe.</summary>
public sealed class EndedSessions
{
    /// <summary>The oldest are forgotten; their cookies are too old by then, unless people sign out ten times a minute.</summary>
    public const int MaxRemembered = 10_000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Raised when one ended.</summary>
    public event Action? Changed;

    public bool Contains(string session)
    {
        lock (_lock) return _ended.Contains(session);
    }

    public void Add(string session)
    {
        lock (_lock)
        {
            if (!_ended.Add(session)) return;
            _order.Enqueue(session);
            if (_order.Count > MaxRemembered) _ended.Remove(_order.Dequeue());
        }

        Changed?.Invoke();
    }
}
