namespace RocketAspire.Broker;

/// <summary>Which entries of a table were changed since somebody last asked, and whether changes are taken at all. The table's lock guards it.</summary>
internal sealed class ChangedKeys<TKey>
    where TKey : notnull
{
    private HashSet<TKey> _keys = [];
    private State _state = State.Unnoted;

    // Also set when only the table's version changed.
    private volatile bool _any;

    private enum State
    {
        Unnoted,
        Open,
        Closed,
    }

    /// <summary>Local changes must not be made.</summary>
    public bool IsClosed => _state == State.Closed;

    /// <summary>Read without the lock.</summary>
    public bool Any => _any;

    public void Open()
    {
        Forget();
        _state = State.Open;
    }

    /// <summary>Answers the keys that nobody took.</summary>
    public IReadOnlyCollection<TKey> Close()
    {
        _state = State.Closed;
        return Take() ?? [];
    }

    public void Note(TKey key)
    {
        if (_state != State.Open) return;
        _keys.Add(key);
        _any = true;
    }

    /// <summary>No entry changed, but the version.</summary>
    public void NoteVersion() => _any = _state == State.Open;

    /// <summary>The keys, forgotten here; null when nothing changed.</summary>
    public IReadOnlyCollection<TKey>? Take()
    {
        if (!_any) return null;
        var taken = _keys;
        Forget();
        return taken;
    }

    private void Forget()
    {
        _keys = [];
        _any = false;
    }
}
