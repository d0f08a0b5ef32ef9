using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Acl;

/// <summary>The accounts of <c>plain_acl.yml</c> for a node that isn't a broker: a proxy. Changed files count as at a broker.</summary>
public sealed class AclAccounts : IAsyncDisposable
{
    private readonly AclStore _store;

    private AclAccounts(AclStore store) => _store = store;

    /// <exception cref="InvalidDataException">A file can't be read; one line that names it.</exception>
    public static AclAccounts Open(AclOptions options, TimeProvider time, ILoggerFactory loggerFactory) => new(AclStore.Open(options, time, loggerFactory.CreateLogger<AclAccounts>()));

    /// <summary>Why somebody is refused, in Apache's words; null when nobody is.</summary>
    /// <param name="accessKey">Null: no account is named.</param>
    /// <param name="remote">Where it comes from; IPv4 as such.</param>
    /// <param name="signature">HMAC-SHA1, in Base64; null: none.</param>
    /// <param name="signed">What the signature is over.</param>
    /// <param name="needs">Topics and groups, and whether one publishes or subscribes: one of the two that are asked for has to be allowed.</param>
    public string? Refuse(string? accessKey, IPAddress remote, string? signature, ReadOnlyMemory<byte> signed, IEnumerable<(string Name, bool IsGroup, bool Publish, bool Subscribe)> needs) =>
        _store.Rules.Refuse(
            accessKey,
            remote,
            secretKey => signature is not null && IsSigned(secretKey, signature, signed.Span),
            [.. needs.Select(static need => new AclNeed(need.Name, need.IsGroup, (need.Publish ? AclPermission.Pub : 0) | (need.Subscribe ? AclPermission.Sub : 0)))]);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static bool IsSigned(string secretKey, string signature, ReadOnlySpan<byte> signed)
    {
#pragma warning disable CA5350 // The protocol's own choice.
        var expected = Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secretKey), signed));
#pragma warning restore CA5350
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature));
    }
}
