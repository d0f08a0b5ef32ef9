namespace RocketAspire.Protocol.Config;

/// <summary>Whether the remoting port speaks TLS.</summary>
public enum TlsMode
{
    /// <summary>A handshake is a broken frame: the connection is closed.</summary>
    Disabled,

    /// <summary>The first byte decides.</summary>
    Permissive,

    /// <summary>Whoever doesn't begin with a handshake is closed.</summary>
    Enforcing,
}

/// <summary>Whether clients have to show a certificate.</summary>
public enum TlsClientAuth
{
    None,
    Optional,
    Require,
}

/// <summary>One side's certificate, and what it believes of the other's.</summary>
/// <param name="CertPath">PEM; null: none.</param>
/// <param name="KeyPath">PEM.</param>
/// <param name="KeyPassword">Null: the key is not encrypted.</param>
/// <param name="Authenticate">Whether the other side's certificate is checked.</param>
/// <param name="TrustCertPath">PEM roots for that; null: the system's.</param>
public sealed record TlsIdentity(string? CertPath, string? KeyPath, string? KeyPassword, bool Authenticate, string? TrustCertPath);

/// <summary>A node's TLS settings.</summary>
public sealed record TlsSettings
{
    public TlsMode Mode { get; init; } = TlsMode.Permissive;

    /// <summary>Whether this node speaks TLS to others.</summary>
    public bool UseTls { get; init; }

    /// <summary>A certificate of its own making, and belief in every other one: the paths aren't looked at.</summary>
    public bool TestMode { get; init; } = true;

    public TlsClientAuth ClientAuth { get; init; }

    public TlsIdentity Server { get; init; } = new(null, null, null, false, null);

    public TlsIdentity Client { get; init; } = new(null, null, null, false, null);

    /// <summary>Null with the problem, in one line that names the setting, when a value is wrong.</summary>
    /// <param name="get">Looks a setting up; null when it isn't set.</param>
    /// <param name="problem">Null when there is none.</param>
    public static TlsSettings? Read(Func<string, string?> get, out string? problem)
    {
        problem = null;
        foreach (var key in TlsConf.Declared)
        {
            if (Text(get, key) is { } value && key.Check(value) is { } wrong) return Fail($"{key.Name}: {wrong}", out problem);
        }

        if (!TryChoice<TlsMode>(Text(get, TlsConf.ServerMode), out var mode)) return Fail($"{TlsConf.ServerMode.Name}: must be disabled, permissive or enforcing", out problem);
        if (!TryChoice<TlsClientAuth>(Text(get, TlsConf.ServerNeedClientAuth), out var auth)) return Fail($"{TlsConf.ServerNeedClientAuth.Name}: must be none, optional or require", out problem);
        var settings = new TlsSettings
        {
            Mode = mode ?? TlsMode.Permissive,
            UseTls = Flag(get, TlsConf.UseTls) ?? Flag(get, TlsConf.Enable) ?? mode == TlsMode.Enforcing,
            TestMode = Flag(get, TlsConf.TestMode) ?? true,
            ClientAuth = auth ?? TlsClientAuth.None,
            Server = new TlsIdentity(
                Text(get, TlsConf.ServerCertPath), Text(get, TlsConf.ServerKeyPath), Text(get, TlsConf.ServerKeyPassword), Flag(get, TlsConf.ServerAuthClient) ?? false, Text(get, TlsConf.ServerTrustCertPath)),
            Client = new TlsIdentity(
                Text(get, TlsConf.ClientCertPath), Text(get, TlsConf.ClientKeyPath), Text(get, TlsConf.ClientKeyPassword), Flag(get, TlsConf.ClientAuthServer) ?? false, Text(get, TlsConf.ClientTrustCertPath)),
        };
        if (settings.TestMode || settings.Mode == TlsMode.Disabled) return settings;
        var missing = settings.Server.CertPath is null ? TlsConf.ServerCertPath : settings.Server.KeyPath is null ? TlsConf.ServerKeyPath : null;
        return missing is null ? settings : Fail($"{missing.Name}: is needed when {TlsConf.TestMode.Name} is false", out problem);
    }

    private static string? Text(Func<string, string?> get, BrokerConfKey key) => get(key.Name)?.Trim() is { Length: > 0 } text ? text : null;

    private static bool? Flag(Func<string, string?> get, BrokerConfKey<bool> key) => Text(get, key) is { } text ? key.Parse(text) : null;

    private static bool TryChoice<T>(string? text, out T? value)
        where T : struct, Enum
    {
        value = null;
        if (text is null) return true;
        // A number would pass as one of them.
        if (!char.IsAsciiLetter(text[0]) || !Enum.TryParse<T>(text, ignoreCase: true, out var parsed)) return false;
        value = parsed;
        return true;
    }

    private static TlsSettings? Fail(string text, out string? problem)
    {
        problem = text;
        return null;
    }
}
