using System.Net;

namespace RocketAspire.Proxy;

/// <summary>Who may do what. Asked before each call when it is there.</summary>
public interface IAccessRules
{
    /// <summary>Why the call is refused; null when it isn't.</summary>
    /// <exception cref="Exception">Whoever knows the accounts can't be asked: the call is refused by it.</exception>
    ValueTask<string?> RefuseAsync(AccessRequest request, CancellationToken cancellationToken);
}

/// <summary>Who calls, by what it is proved, and what the call is about.</summary>
/// <param name="Remote">Where it comes from; IPv4 as such.</param>
/// <param name="AccessKey">Null: none is told.</param>
/// <param name="Signature">HMAC-SHA1, in Base64; null: there is none.</param>
/// <param name="Signed">What the signature is over.</param>
/// <param name="Needs">All have to be allowed.</param>
public sealed record AccessRequest(IPAddress Remote, string? AccessKey, string? Signature, ReadOnlyMemory<byte> Signed, IReadOnlyList<AccessNeed> Needs);

/// <summary>A topic or a group, and what is done with it: one of the two has to be allowed.</summary>
public readonly record struct AccessNeed(string Name, bool IsGroup, bool Publish, bool Subscribe);
