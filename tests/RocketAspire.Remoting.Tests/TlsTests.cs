using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;
using RocketAspire.TestSupport;

namespace RocketAspire.Remoting.Tests;

/// <summary>TLS and plain connections on one port.</summary>
public sealed class TlsTests : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _started = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_started)) await part.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_permissive_port_serves_both_with_a_certificate_of_its_own_making()
    {
        var address = await ServeAsync(new TlsSettings());
        Assert.Equal("plain", await EchoAsync(address, null, "plain"));
        Assert.Equal("secret", await EchoAsync(address, TlsClient.TrustingAll, "secret"));
        // Many frames and large ones at once, both ways.
        var client = Client(TlsClient.TrustingAll);
        var bodies = Enumerable.Range(0, 200).Select(i => RandomNumberGenerator.GetBytes(i % 10 == 0 ? 300_000 : i)).ToArray();
        var answers = await Task.WhenAll(bodies.Select(body => client.InvokeAsync(address, RemotingCommand.CreateRequest(1, body: body), Long, Ct).AsTask()));
        for (var i = 0; i < bodies.Length; i++) Assert.Equal(bodies[i], answers[i].Body.ToArray());
    }

    [Fact]
    public async Task An_enforcing_port_closes_plain_connections_and_a_plain_one_those_that_want_TLS()
    {
        var enforcing = await ServeAsync(new TlsSettings { Mode = TlsMode.Enforcing });
        Assert.Equal("secret", await EchoAsync(enforcing, TlsClient.TrustingAll, "secret"));
        await Assert.ThrowsAsync<RemotingSendException>(() => EchoAsync(enforcing, null, "plain"));

        var disabled = await ServeAsync(new TlsSettings { Mode = TlsMode.Disabled });
        Assert.Equal("plain", await EchoAsync(disabled, null, "plain"));
        await Assert.ThrowsAsync<RemotingConnectException>(() => EchoAsync(disabled, TlsClient.TrustingAll, "secret"));
    }

    [Fact]
    public async Task Certificates_of_files_are_checked_against_the_roots_that_are_named()
    {
        var (root, other) = (new TestRoot("root"), new TestRoot("other"));
        root.Write(_folder["root.pem"]);
        other.Write(_folder["other.pem"]);
        root.Issue(_folder["server.pem"], _folder["server.key"], "a password");
        var address = await ServeAsync(new TlsSettings { TestMode = false, Mode = TlsMode.Enforcing, Server = new(_folder["server.pem"], _folder["server.key"], "a password", false, null) });

        Assert.Equal("x", await EchoAsync(address, Trusting("root.pem"), "x"));
        Assert.Equal("x", await EchoAsync(address, TlsClient.TrustingAll, "x"));
        var refused = await Assert.ThrowsAsync<RemotingConnectException>(() => EchoAsync(address, Trusting("other.pem"), "x"));
        Assert.Contains("TLS", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_without_a_good_certificate_are_closed_when_one_is_required()
    {
        var (root, other) = (new TestRoot("root"), new TestRoot("other"));
        root.Write(_folder["root.pem"]);
        root.Issue(_folder["server.pem"], _folder["server.key"]);
        root.Issue(_folder["client.pem"], _folder["client.key"]);
        other.Issue(_folder["stranger.pem"], _folder["stranger.key"]);
        TlsSettings Settings(TlsClientAuth auth) => new() { TestMode = false, ClientAuth = auth, Server = new(_folder["server.pem"], _folder["server.key"], null, true, _folder["root.pem"]) };

        var required = await ServeAsync(Settings(TlsClientAuth.Require));
        Assert.Equal("x", await EchoAsync(required, Showing("client"), "x"));
        await RefusedAsync(required, Showing("stranger"));
        await RefusedAsync(required, TlsClient.TrustingAll);

        var optional = await ServeAsync(Settings(TlsClientAuth.Optional));
        Assert.Equal("x", await EchoAsync(optional, TlsClient.TrustingAll, "x"));
        Assert.Equal("x", await EchoAsync(optional, Showing("client"), "x"));
        await RefusedAsync(optional, Showing("stranger"));
    }

    [Fact]
    public async Task A_new_certificate_counts_for_new_connections_and_half_of_one_changes_nothing()
    {
        var (first, second) = (new TestRoot("first"), new TestRoot("second"));
        first.Write(_folder["first.pem"]);
        second.Write(_folder["second.pem"]);
        first.Issue(_folder["server.pem"], _folder["server.key"]);
        var address = await ServeAsync(new TlsSettings { TestMode = false, Server = new(_folder["server.pem"], _folder["server.key"], null, false, null) });
        var old = Client(Trusting("first.pem"));
        Assert.Equal("x", await EchoByAsync(old, address, "x"));

        second.Issue(_folder["new.pem"], _folder["new.key"]);
        File.Move(_folder["new.pem"], _folder["server.pem"], overwrite: true);
        Assert.Equal("x", await EchoAsync(address, Trusting("first.pem"), "x"));
        File.Move(_folder["new.key"], _folder["server.key"], overwrite: true);
        await Eventually.TrueAsync("the new certificate to be shown", () => IsTrustedAsync(address, "second.pem"));
        Assert.Equal("still there", await EchoByAsync(old, address, "still there"));
    }

    [Fact]
    public async Task Half_a_handshake_holds_nobody_up_and_ends_with_the_server()
    {
        var address = await ServeAsync(new TlsSettings());
        using var half = new TcpClient();
        await half.ConnectAsync(IPEndPoint.Parse(address), Ct);
        await half.GetStream().WriteAsync(new byte[] { 0x16, 3, 1 }, Ct);
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPEndPoint.Parse(address), Ct);
        using var wrong = new TcpClient();
        await wrong.ConnectAsync(IPEndPoint.Parse(address), Ct);
        await wrong.GetStream().WriteAsync(new byte[200].Select((_, i) => (byte)(0x16 + i)).ToArray(), Ct);
        // Closed, perhaps after an alert.
        await wrong.GetStream().CopyToAsync(Stream.Null, Ct).WaitAsync(Long, Ct);

        Assert.Equal("x", await EchoAsync(address, TlsClient.TrustingAll, "x"));
        await _started[0].DisposeAsync().AsTask().WaitAsync(Long, Ct);
    }

    [Theory]
    [InlineData("tls.server.mode=maybe", "tls.server.mode: must be disabled, permissive or enforcing")]
    [InlineData("tls.server.mode=1", "tls.server.mode: must be disabled, permissive or enforcing")]
    [InlineData("tls.server.need.client.auth=all", "tls.server.need.client.auth: must be none, optional or require")]
    [InlineData("tls.test.mode.enable=no", "tls.test.mode.enable: 'no' is not true or false")]
    [InlineData("tls.test.mode.enable=false", "tls.server.certPath: is needed when tls.test.mode.enable is false")]
    public void Wrong_settings_are_told_by_name(string line, string expected)
    {
        var file = PropertiesFile.Parse(line);
        Assert.Null(TlsSettings.Read(file.Get, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Settings_are_Apaches_where_nothing_is_said()
    {
        Assert.Equal(new TlsSettings { Mode = TlsMode.Permissive, TestMode = true, UseTls = false }, TlsSettings.Read(static _ => null, out _));
        Assert.True(TlsSettings.Read(static name => name == "tls.server.mode" ? "ENFORCING" : null, out _)!.UseTls);
        Assert.False(TlsSettings.Read(static name => name switch { "tls.server.mode" => "enforcing", "useTLS" => "false", _ => null }, out _)!.UseTls);
    }

    [Fact]
    public void A_certificate_that_cannot_be_used_is_told_by_its_file()
    {
        File.WriteAllText(_folder["server.pem"], "nothing");
        File.WriteAllText(_folder["server.key"], "nothing");
        var settings = new TlsSettings { TestMode = false, Server = new(_folder["server.pem"], _folder["server.key"], null, false, null) };
        var error = Assert.Throws<InvalidDataException>(() => TlsServer.Create(settings, TimeProvider.System, NullLoggerFactory.Instance));
        Assert.StartsWith(_folder["server.pem"], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private TlsClient Trusting(string root) =>
        TlsClient.Create(new TlsSettings { UseTls = true, TestMode = false, Client = new(null, null, null, true, _folder[root]) })!;

    private TlsClient Showing(string name) =>
        TlsClient.Create(new TlsSettings { UseTls = true, TestMode = false, Client = new(_folder[name + ".pem"], _folder[name + ".key"], null, false, null) })!;

    /// <summary>With TLS 1.3 a client learns only after its handshake that its certificate is not wanted.</summary>
    private async Task RefusedAsync(string address, TlsClient tls)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => EchoAsync(address, tls, "x"));
        Assert.True(error is RemotingConnectException or RemotingSendException, error.ToString());
    }

    private async Task<bool> IsTrustedAsync(string address, string root)
    {
        try
        {
            return await EchoAsync(address, Trusting(root), "x") == "x";
        }
        catch (RemotingConnectException)
        {
            return false;
        }
    }

    private Task<string> EchoAsync(string address, TlsClient? tls, string text) => EchoByAsync(Client(tls), address, text);

    private static async Task<string> EchoByAsync(RemotingClient client, string address, string text)
    {
        var answer = await client.InvokeAsync(address, RemotingCommand.CreateRequest(1, body: System.Text.Encoding.UTF8.GetBytes(text)), Long, Ct);
        return System.Text.Encoding.UTF8.GetString(answer.Body.Span);
    }

    private RemotingClient Client(TlsClient? tls)
    {
        var client = new RemotingClient(new RemotingClientOptions { Tls = tls, ConnectTimeout = Long }, NullLoggerFactory.Instance);
        _started.Add(client);
        return client;
    }

    private async Task<string> ServeAsync(TlsSettings settings)
    {
        var tls = TlsServer.Create(settings, TimeProvider.System, NullLoggerFactory.Instance, TimeSpan.FromMilliseconds(20));
        var server = await RemotingServer.StartAsync(
            [new(IPAddress.Loopback, 0)], new RequestDispatcher([new Echo()], NullLogger.Instance), new RemotingServerOptions { Tls = tls }, NullLoggerFactory.Instance, Ct);
        _started.Add(server);
        if (tls is not null) _started.Add(tls);
        return server.BoundEndpoints[0].ToString();
    }

    private sealed class Echo : IRequestProcessor
    {
        public int Code => 1;

        public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
            ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success, body: request.Body));
    }

    /// <summary>A root that issues certificates into PEM files.</summary>
    private sealed class TestRoot
    {
        private readonly X509Certificate2 _certificate;

        public TestRoot(string name)
        {
            var request = new CertificateRequest($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
            _certificate = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        }

        public void Write(string path) => File.WriteAllText(path, _certificate.ExportCertificatePem());

        public void Issue(string path, string keyPath, string? password = null)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
            using var issued = request.Create(_certificate, Now.AddHours(-1), Now.AddHours(1), RandomNumberGenerator.GetBytes(8));
            File.WriteAllText(keyPath, password is null
                ? key.ExportPkcs8PrivateKeyPem()
                : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)));
            File.WriteAllText(path, issued.ExportCertificatePem() + "\n" + _certificate.ExportCertificatePem());
        }
    }
}
