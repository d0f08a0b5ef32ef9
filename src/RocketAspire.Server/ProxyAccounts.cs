using System.Text.Json;
using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy;

namespace RocketAspire.Server;

/// <summary>Whom a proxy serves, and as who it speaks to brokers.</summary>
internal static class ProxyAccounts
{
    private const string AccessKeyVariable = "ROCKETMQ_ACCESS_KEY";
    private const string SecretKeyVariable = "ROCKETMQ_SECRET_KEY";

    /// <summary>Where <c>plain_acl.yml</c> lies: the file that <c>--acl</c> names, or, where <c>enableACL</c> is on, what a broker beside that settings file would read. Null: nobody is asked for an account.</summary>
    /// <exception cref="CommandException">It is wanted and nobody knows where it is.</exception>
    public static AclOptions? Locate(CommandLine line, ProxyConfigFile config)
    {
        // Apache's 5.3 asks brokers for users and rules of their own there.
        foreach (var unknown in new[] { "authenticationEnabled", "authorizationEnabled" })
            if (config.Flag(unknown) == true) throw config.Wrong(unknown, "users and rules that brokers keep (ACL 2.0) are not supported: name a plain_acl.yml with --acl, or set enableACL");
        var isOn = config.Flag("enableACL") == true;
        if (line.AclFile is not { } file)
            return !isOn ? null : AclOptions.Locate(PropertiesFile.Empty, line.ProxyConfigFile, Environment.GetEnvironmentVariable) ?? throw config.Wrong("enableACL", "where conf/plain_acl.yml lies isn't known: set ROCKETMQ_HOME");
        file = Path.GetFullPath(file);
        if (!File.Exists(file)) throw new CommandException(ExitCode.Configuration, $"proxy: --acl: there is no file {file}");
        var folder = Path.GetDirectoryName(file)!;
        return new AclOptions(folder, file, Path.Combine(folder, "acl"));
    }

    /// <summary>The proxy's own account: of the settings, of the environment, or of <c>tools.yml</c> beside the rules. Null: it doesn't sign.</summary>
    /// <exception cref="CommandException">It can't be read.</exception>
    public static AclCredentials? Own(ProxyConfigFile config, AclOptions? located)
    {
        if (config.Text("innerClientAuthenticationCredentials") is { } inner) return Parse(config, inner);
        var (accessKey, secretKey) = (Environment.GetEnvironmentVariable(AccessKeyVariable), Environment.GetEnvironmentVariable(SecretKeyVariable));
        if (!string.IsNullOrWhiteSpace(accessKey) && !string.IsNullOrWhiteSpace(secretKey)) return new AclCredentials(accessKey, secretKey);
        try
        {
            return (located ?? AclOptions.Locate(PropertiesFile.Empty, config.Path, Environment.GetEnvironmentVariable))?.ReadTools();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Configuration, $"proxy: {ToolsFile.Name}: {e.Message}");
        }
    }

    /// <summary><c>{"accessKey":"…","secretKey":"…"}</c>, as text or as it is.</summary>
    private static AclCredentials Parse(ProxyConfigFile config, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (Member(document, "accessKey") is { } accessKey && Member(document, "secretKey") is { } secretKey) return new AclCredentials(accessKey, secretKey, Member(document, "securityToken"));
        }
        catch (JsonException)
        {
            // Told below.
        }

        throw config.Wrong("innerClientAuthenticationCredentials", "must be an object with accessKey and secretKey");
    }

    private static string? Member(JsonDocument document, string name) =>
        document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}

/// <summary>Rules of <c>plain_acl.yml</c>, asked by a proxy.</summary>
internal sealed class PlainAccessRules(AclAccounts accounts) : IAccessRules
{
    public ValueTask<string?> RefuseAsync(AccessRequest request, CancellationToken cancellationToken) => new(accounts.Refuse(
        request.AccessKey, request.Remote, request.Signature, request.Signed, request.Needs.Select(static need => (need.Name, need.IsGroup, need.Publish, need.Subscribe))));
}
