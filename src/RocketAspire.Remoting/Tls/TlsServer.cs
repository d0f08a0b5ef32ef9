using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Remoting.Tls;

/// <summary>TLS of a listening node: looks at a connection's first byte, and at its own certificate's files for changes.</summary>
public sealed class TlsServer : IAsyncDisposable
{
    /// <summary>The first byte of a TLS handshake. As the first byte of a frame's length it would be one of 369 MB.</summary>
    private const byte Handshake = 0x16;

    // Netty's.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly TlsSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer? _watch;
    private readonly string[] _files;
    private readonly List<SslApplicationProtocol>? _protocols;
    private string _seen;
    private Lazy<SslServerAuthenticationOptions> _options;

    private TlsServer(TlsSettings settings, TimeProvider time, ILogger logger, TimeSpan watchInterval, SslApplicationProtocol? protocol)
    {
        _settings = settings;
        _protocols = protocol is { } one ? [one] : null;
        _time = time;
        _logger = logger;
        _files = settings.TestMode ? [] : [.. new[] { settings.Server.CertPath, settings.Server.KeyPath, settings.Server.TrustCertPath }.OfType<string>()];
        _seen = Stamp();
        // A certificate of its own making takes a while: whoever comes with TLS first pays for it.
        if (settings.TestMode) _options = new(() => Options(TlsCertificates.CreateSelfSigned(time.GetUtcNow())));
        else _options = Load();
        if (_files.Length > 0) _watch = time.CreateTimer(static self => ((TlsServer)self!).Look(), this, watchInterval, watchInterval);
    }

    /// <summary>Null when the settings say that there is no TLS.</summary>
    /// <param name="settings">Mode and certificates.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggerFactory">Where to log.</param>
    /// <param name="watchInterval">How often the certificate's files are looked at; null: each second.</param>
    /// <param name="protocol">What is agreed on by ALPN; null: nothing, as remoting does.</param>
    /// <exception cref="InvalidDataException">A certificate can't be used; one line that names the file.</exception>
    public static TlsServer? Create(TlsSettings settings, TimeProvider time, ILoggerFactory loggerFactory, TimeSpan? watchInterval = null, SslApplicationProtocol? protocol = null) =>
        settings.Mode == TlsMode.Disabled ? null : new TlsServer(settings, time, loggerFactory.CreateLogger<TlsServer>(), watchInterval ?? TimeSpan.FromSeconds(1), protocol);

    public ValueTask DisposeAsync() => _watch?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Waits for the first byte; gives the stream itself, or TLS over it once that is agreed on.</summary>
    /// <exception cref="AuthenticationException">It has to be TLS and isn't, or the two sides couldn't agree.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    internal async ValueTask<Stream> AcceptAsync(Socket socket, Stream stream, CancellationToken cancellationToken)
    {
        var first = new byte[1];
        try
        {
            if (await socket.ReceiveAsync(first, SocketFlags.Peek, cancellationToken).ConfigureAwait(false) == 0) return stream;
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }

        return await SecureAsync(first[0], stream, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same for a listener that has looked at the first byte itself; the stream still begins with it.</summary>
    /// <exception cref="AuthenticationException">It has to be TLS and isn't, or the two sides couldn't agree.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    public async ValueTask<Stream> SecureAsync(byte first, Stream stream, CancellationToken cancellationToken)
    {
        if (first != Handshake) return _settings.Mode == TlsMode.Permissive ? stream : throw new AuthenticationException("only TLS is spoken here (tls.server.mode=enforcing)");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, HandshakeTimeout, Timeout.InfiniteTimeSpan);
        var secured = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsServerAsync(Volatile.Read(ref _options).Value, limit.Token).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Lazy<SslServerAuthenticationOptions> Load()
    {
        var options = Options(TlsCertificates.Load(_settings.Server)!);
        return new(options);
    }

    private SslServerAuthenticationOptions Options(SslStreamCertificateContext certificate)
    {
        var identity = _settings.Server;
        var roots = _settings.TestMode || !identity.Authenticate ? null : TlsCertificates.LoadRoots(identity.TrustCertPath);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            ApplicationProtocols = _protocols,
            // Asks for it; the callback decides what is good enough.
            ClientCertificateRequired = !_settings.TestMode && _settings.ClientAuth != TlsClientAuth.None,
            RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
                _settings.TestMode || (shown is null ? _settings.ClientAuth != TlsClientAuth.Require : !identity.Authenticate || TlsCertificates.IsTrusted(shown, chain, errors, roots)),
        };
    }

    /// <summary>Certificate and key change one after the other: what doesn't fit together yet is tried again when the second has changed.</summary>
    private void Look()
    {
        var now = Stamp();
        if (now == _seen) return;
        _seen = now;
        try
        {
            Volatile.Write(ref _options, Load());
            Log.CertificateLoaded(_logger, _settings.Server.CertPath!);
        }
        catch (InvalidDataException e)
        {
            Log.CertificateBroken(_logger, e.Message);
        }
    }

    private string Stamp() => string.Join(';', _files.Select(static path => new FileInfo(path) is { Exists: true } file ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "-"));
}
