namespace RocketAspire.Console.Access;

/// <summary>Slows down who guesses passwords: by name and address together, and by address alone. Thread-safe.</summary>
public sealed class LoginGuard(TimeProvider time)
{
    public const int FreeTries = 5;
    public const int FreeTriesOfAddress = 20;

    /// <summary>More addresses than these aren't remembered: the oldest go.</summary>
    public const int MaxRemembered = 10_000;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Failures, DateTimeOffset Last)> _failures = new(StringComparer.Ordinal);

    /// <summary>How long this one has to wait before a password of his is looked at; zero when he may try.</summary>
    public TimeSpan Wait(string name, string address)
    {
        lock (_lock)
        {
            var byName = Wait(Key(name, address), FreeTries);
            var byAddress = Wait(address, FreeTriesOfAddress);
            return byName > byAddress ? byName : byAddress;
        }
    }

    public void Failed(string name, string address)
    {
        lock (_lock)
        {
            Count(Key(name, address));
            Count(address);
        }
    }

    /// <summary>The try that was counted before it was looked at was none.</summary>
    public void Succeeded(string name, string address)
    {
        lock (_lock)
        {
            _failures.Remove(Key(name, address));
            if (!_failures.TryGetValue(address, out var known)) return;
            if (known.Failures <= 1) _failures.Remove(address);
            else _failures[address] = (known.Failures - 1, known.Last);
        }
    }

    private static string Key(string name, string address) => $"{address}\n{(name.Length > 64 ? name[..64] : name)}";

    private TimeSpan Wait(string key, int free)
    {
        if (!_failures.TryGetValue(key, out var known) || known.Failures < free) return TimeSpan.Zero;
        // Twice as long with each further round of tries.
        var wait = FirstWait * Math.Pow(2, Math.Min(10, known.Failures - free));
        var left = known.Last + (wait < LongestWait ? wait : LongestWait) - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Count(string key)
    {
        var now = time.GetUtcNow();
        var failures = _failures.TryGetValue(key, out var known) && now - known.Last < LongestWait * 4 ? known.Failures + 1 : 1;
        _failures[key] = (failures, now);
        if (_failures.Count > MaxRemembered) _failures.Remove(_failures.MinBy(static pair => pair.Value.Last).Key);
    }
}
