using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Remoting.Tls;

/// <summary>TLS of a node, or a client, towards others.</summary>
public sealed class TlsClient
{
    private readonly SslStreamCertificateContext? _certificate;
    private readonly X509Certificate2Collection? _roots;
    private readonly bool _authenticate;

    private TlsClient(TlsIdentity identity)
    {
        _certificate = TlsCertificates.Load(identity);
        _authenticate = identity.Authenticate;
        _roots = identity.Authenticate ? TlsCertificates.LoadRoots(identity.TrustCertPath) : null;
    }

    /// <summary>Believes every certificate: what is said can't be overheard, but who says it isn't known.</summary>
    public static TlsClient TrustingAll { get; } = new(new TlsIdentity(null, null, null, Authenticate: false, null));

    /// <summary>Null when the settings say plain.</summary>
    /// <exception cref="InvalidDataException">A certificate can't be used; one line that names the file.</exception>
    public static TlsClient? Create(TlsSettings settings) => !settings.UseTls ? null : settings.TestMode ? TrustingAll : new TlsClient(settings.Client);

    internal async ValueTask<Stream> ConnectAsync(Stream stream, string host, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ClientCertificateContext = _certificate,
                    RemoteCertificateValidationCallback = (_, shown, chain, errors) => !_authenticate || TlsCertificates.IsTrusted(shown, chain, errors, _roots),
                },
                cancellationToken).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
