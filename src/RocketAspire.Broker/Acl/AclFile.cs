using RocketAspire.Protocol.Bodies;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace RocketAspire.Broker.Acl;

/// <summary>One file of rules.</summary>
/// <remarks>Source of the form: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/distribution/conf/plain_acl.yml</remarks>
internal sealed record AclFile(string Path, IReadOnlyList<AddressRule> White, IReadOnlyList<AclAccount> Accounts, DataVersion Version)
{
    // Rules of a broker are a few hundred accounts; a larger file is the wrong one.
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Null when the file is empty.</summary>
    /// <exception cref="AclException">It can't be read, isn't YAML, or a rule is wrong.</exception>
    public static AclFile? Read(string path) => ReadTree(path) is { } root ? From(path, root) : null;

    public static AclFile Empty(string path) => new(path, [], [], DataVersion.Zero);

    /// <summary>The file's top mapping; null when there is none.</summary>
    /// <exception cref="AclException">It can't be read or isn't YAML.</exception>
    public static YamlMappingNode? ReadTree(string path)
    {
        try
        {
            if (!File.Exists(path)) return null;
            if (new FileInfo(path).Length > MaxBytes) throw new AclException($"larger than {MaxBytes} bytes");
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(path)));
            if (yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is YamlScalarNode { Value: null or "" }) return null;
            return yaml.Documents[0].RootNode as YamlMappingNode ?? throw new AclException("its top must be a mapping with globalWhiteRemoteAddresses and accounts");
        }
        catch (YamlException e)
        {
            throw new AclException($"line {e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AclException(e.Message);
        }
    }

    /// <exception cref="AclException">A rule is wrong.</exception>
    public static AclFile From(string path, YamlMappingNode root)
    {
        var white = new List<AddressRule>();
        foreach (var address in AclYaml.List(root, AclYaml.GlobalWhiteAddresses) ?? []) white.Add(AddressRule.Parse(address));
        var accounts = new List<AclAccount>();
        foreach (var node in AclYaml.Sequence(root, AclYaml.Accounts)?.Children ?? [])
        {
            if (node is not YamlMappingNode account) throw new AclException("each of the accounts must be a mapping");
            accounts.Add(AclAccount.From(AclYaml.ReadAccount(account)));
        }

        return new AclFile(path, white, accounts, AclYaml.ReadVersion(root));
    }
}
