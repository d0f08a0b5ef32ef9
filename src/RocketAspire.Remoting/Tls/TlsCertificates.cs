using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Remoting.Tls;

/// <summary>Certificates from PEM files, and the one that a node makes for itself.</summary>
internal static class TlsCertificates
{
    /// <summary>The certificate with its key and those that lead to its root; null when none is named.</summary>
    /// <exception cref="InvalidDataException">A file can't be used; one line that names it.</exception>
    public static SslStreamCertificateContext? Load(TlsIdentity identity)
    {
        if (identity.CertPath is null || identity.KeyPath is null) return null;
        var file = identity.CertPath;
        try
        {
            var certificates = File.ReadAllText(file);
            file = identity.KeyPath;
            var key = File.ReadAllText(file);
            file = $"{identity.CertPath} with {identity.KeyPath}";
            using var pair = key.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromEncryptedPem(certificates, key, identity.KeyPassword)
                : X509Certificate2.CreateFromPem(certificates, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificates);
            return SslStreamCertificateContext.Create(Usable(pair), chain, offline: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{file}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The roots in a file; null when none is named.</summary>
    /// <exception cref="InvalidDataException">The file can't be used; one line that names it.</exception>
    public static X509Certificate2Collection? LoadRoots(string? path)
    {
        if (path is null) return null;
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(path);
            return roots.Count > 0 ? roots : throw new CryptographicException("there is no certificate in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidDataException($"{path}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>In memory only, signed by itself: it hides what is said from listeners, and proves nothing.</summary>
    public static SslStreamCertificateContext CreateSelfSigned(DateTimeOffset now)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        return SslStreamCertificateContext.Create(Usable(certificate), null, offline: true);
    }

    /// <summary>Whether the other side's certificate leads to a root; its name isn't looked at, as Apache's doesn't.</summary>
    public static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection? roots)
    {
        if (certificate is null) return false;
        if (roots is null) return (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(roots);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) own.ChainPolicy.ExtraStore.Add(element.Certificate);
        return own.Build((X509Certificate2)certificate);
    }

    /// <summary>A copy whose key Windows' TLS can use; elsewhere any key will do.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null) : new X509Certificate2(certificate);
}
