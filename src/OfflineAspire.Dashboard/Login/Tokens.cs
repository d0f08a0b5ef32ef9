using System.Security.Cryptography;
using System.Text;

namespace OfflineAspire.Dashboard.Login;

/// <summary>Secrets that are asked for.</summary>
public static class Tokens
{
    private const int Bytes = 16;

    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Takes as long for a near miss as for any other.</summary>
    public static bool AreEqual(string? given, string expected) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
