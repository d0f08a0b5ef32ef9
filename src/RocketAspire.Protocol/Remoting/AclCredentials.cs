using System.Security.Cryptography;
using System.Text;

namespace RocketAspire.Protocol.Remoting;

/// <summary>An account of ACL 1.0, as a client has it: what its requests are signed with.</summary>
/// <remarks>
/// Source: https://github.com/apache/rocketmq/tree/rocketmq-all-4.9.8/acl/src/main/java/org/apache/rocketmq/acl/common
/// (AclClientRPCHook, AclUtils, AclSigner)
/// </remarks>
/// <param name="AccessKey">The account's name.</param>
/// <param name="SecretKey">Known to both sides, never sent.</param>
/// <param name="SecurityToken">Sent along when there is one; brokers don't look at it.</param>
public sealed record AclCredentials(string AccessKey, string SecretKey, string? SecurityToken = null)
{
    public const string AccessKeyField = "AccessKey";
    public const string SignatureField = "Signature";
    public const string SecurityTokenField = "SecurityToken";

    /// <summary>Signs the request as it is now: fields and body are final.</summary>
    public void Sign(RemotingCommand request)
    {
        request.ExtFields.Add(AccessKeyField, AccessKey);
        request.ExtFields.Add(SecurityTokenField, SecurityToken);
        request.ExtFields.Add(SignatureField, Signature(request, SecretKey));
    }

    /// <summary>
    /// HMAC-SHA1, in Base64, over the values of all header fields but the signature, in the order of their names, and the body.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="secretKey">The account's secret.</param>
    /// <param name="without">A field that isn't signed either.</param>
    public static string Signature(RemotingCommand request, string secretKey, string? without = null)
    {
        var fields = request.ExtFields.AsSpan().ToArray();
        Array.Sort(fields, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
#pragma warning disable CA5350 // The protocol's own choice.
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(secretKey));
#pragma warning restore CA5350
        foreach (var (key, value) in fields)
        {
            if (key != SignatureField && key != without) hmac.AppendData(Encoding.UTF8.GetBytes(value));
        }

        hmac.AppendData(request.Body.Span);
        return Convert.ToBase64String(hmac.GetHashAndReset());
    }

    /// <summary>Without the secret, which has no place in a log.</summary>
    public override string ToString() => $"account {AccessKey}";
}
