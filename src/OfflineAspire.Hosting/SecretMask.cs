namespace OfflineAspire;

/// <summary>Replaces the values of secret parameters in text that people see.</summary>
internal sealed class SecretMask
{
    public const string Mask = "********";

    // Shorter values would blot out ordinary words.
    private const int MinLength = 4;

    private volatile string[] _secrets = [];
    private readonly Lock _gate = new();

    public void Add(string? secret)
    {
        if (secret is not { Length: >= MinLength })
        {
            return;
        }
        lock (_gate)
        {
            if (!_secrets.Contains(secret, StringComparer.Ordinal))
            {
                // Longest first: a secret may be part of another one.
                _secrets = [.. _secrets.Append(secret).OrderByDescending(s => s.Length)];
            }
        }
    }

    public string Apply(string text)
    {
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }
        return text;
    }
}
