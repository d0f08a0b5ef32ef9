using System.Text;

namespace RocketAspire.Proxy;

/// <summary>A call's account and proof: <c>MQv2-HMAC-SHA1 Credential=KEY/REGION/SERVICE, SignedHeaders=x-mq-date-time, Signature=HEX</c>, over the header <c>x-mq-date-time</c>.</summary>
/// <param name="AccessKey">Null: none is told.</param>
/// <param name="Signature">In Base64; null: none is told.</param>
/// <param name="Signed">What the signature is over.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/auth/src/main/java/org/apache/rocketmq/auth/authentication/builder/DefaultAuthenticationContextBuilder.java</remarks>
internal sealed record CallSignature(string? AccessKey, string? Signature, byte[] Signed)
{
    /// <summary>Null with the problem when the headers can't be understood.</summary>
    public static CallSignature? Parse(string? authorization, string? dateTime, out string? problem)
    {
        problem = null;
        if (string.IsNullOrEmpty(authorization)) return new(null, null, []);
        if (string.IsNullOrEmpty(dateTime)) return Fail("datetime is null.", out problem);
        var space = authorization.IndexOf(' ');
        if (space < 0) return Fail("authentication header is incorrect.", out problem);
        string? key = null, signature = null;
        foreach (var part in authorization[(space + 1)..].Split(','))
        {
            var equal = part.IndexOf('=');
            if (equal < 0) return Fail("authentication keyValues length is incorrect, actual length=1.", out problem);
            var value = part[(equal + 1)..].Trim();
            switch (part[..equal].Trim())
            {
                case "Credential":
                    key = value.Split('/')[0];
                    break;
                case "Signature":
                    if (!TryHex(value, out signature)) return Fail("create authentication context error.", out problem);
                    break;
            }
        }

        return new(key, signature, Encoding.UTF8.GetBytes(dateTime));
    }

    private static bool TryHex(string text, out string? base64)
    {
        var bytes = new byte[text.Length / 2];
        var isHex = Convert.FromHexString(text, bytes, out _, out var count) == System.Buffers.OperationStatus.Done && count == bytes.Length;
        base64 = isHex ? Convert.ToBase64String(bytes) : null;
        return isHex;
    }

    private static CallSignature? Fail(string reason, out string? problem)
    {
        problem = reason;
        return null;
    }
}
