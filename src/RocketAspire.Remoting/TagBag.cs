namespace RocketAspire.Remoting;

/// <summary>A few objects, one of a type. Reading takes no lock.</summary>
internal sealed class TagBag
{
    private readonly Lock _gate = new();
    private object[] _tags = [];

    public T? Get<T>()
        where T : class
    {
        foreach (var tag in Volatile.Read(ref _tags))
        {
            if (tag is T found) return found;
        }

        return null;
    }

    public T GetOrAdd<T>(Func<T> create)
        where T : class
    {
        lock (_gate)
        {
            if (Get<T>() is { } found) return found;
            var made = create();
            Volatile.Write(ref _tags, [.. _tags, made]);
            return made;
        }
    }

    public void Set<T>(T tag)
        where T : class
    {
        lock (_gate) Volatile.Write(ref _tags, [.. _tags.Where(static old => old is not T), tag]);
    }
}
