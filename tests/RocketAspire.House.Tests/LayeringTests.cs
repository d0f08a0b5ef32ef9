using System.Xml.Linq;

namespace RocketAspire.House.Tests;

/// <summary>Project references point one way, as docs/ARCHITECTURE.md draws them.</summary>
public sealed class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["RocketAspire.Protocol"] = [],
        ["RocketAspire.Remoting"] = ["RocketAspire.Protocol"],
        ["RocketAspire.NameServer"] = ["RocketAspire.Remoting"],
        ["RocketAspire.Store"] = ["RocketAspire.Protocol"],
        ["RocketAspire.Broker"] = ["RocketAspire.Store", "RocketAspire.Remoting"],
        ["RocketAspire.Faults"] = ["RocketAspire.Store", "RocketAspire.Remoting"],
        ["RocketAspire.Client"] = ["RocketAspire.Remoting"],
        ["RocketAspire.Proxy"] = ["RocketAspire.Client"],
        ["RocketAspire.Console"] = ["RocketAspire.Client"],
        ["RocketAspire.ServiceDefaults"] = [],
        ["RocketAspire.Server"] = ["RocketAspire.NameServer", "RocketAspire.Broker", "RocketAspire.Proxy", "RocketAspire.Faults", "RocketAspire.ServiceDefaults"],
        ["OfflineAspire.Hosting"] = [],
        ["OfflineAspire.Hosting.Testing"] = ["OfflineAspire.Hosting"],
        ["OfflineAspire.Dashboard"] = [],
        ["RocketAspire.Hosting"] = ["RocketAspire.Client", "OfflineAspire.Hosting"],
        ["RocketAspire.Bench"] = ["RocketAspire.Client"],
        ["RocketAspire.Benchmarks"] = ["RocketAspire.Client", "RocketAspire.Store"],
        ["RocketAspire.AppHost"] = ["RocketAspire.Hosting", "RocketAspire.Server", "OfflineAspire.Hosting", "OrderApi", "OrderWorker", "OrderNotifier"],
        ["OrderApi"] = ["RocketAspire.Client", "RocketAspire.ServiceDefaults"],
        ["OrderWorker"] = ["RocketAspire.Client", "RocketAspire.ServiceDefaults"],
        ["OrderNotifier"] = ["RocketAspire.Client", "RocketAspire.ServiceDefaults"],
    };

    [Fact]
    public void References_point_one_way()
    {
        var problems = new List<string>();
        foreach (var file in Repository.Files("*.csproj").Where(static path => !path.StartsWith("tests/", StringComparison.Ordinal)))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (!Allowed.TryGetValue(name, out var allowed))
            {
                problems.Add($"{name} has no place in the layers yet: give it one here and in docs/ARCHITECTURE.md");
                continue;
            }

            problems.AddRange(ReferencesOf(file).Except(allowed, StringComparer.Ordinal).Select(reference => $"{name} must not reference {reference}"));
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    [Fact]
    public void The_store_knows_no_socket_and_the_protocol_no_clock()
    {
        string[] forbiddenInStore = ["System.Net.Sockets", "RemotingConnection", "RemotingClient"];
        string[] forbiddenInProtocol = ["System.Net.Sockets", "DateTime.UtcNow", "DateTimeOffset.UtcNow", "Environment.TickCount", "File.Read", "File.Write"];
        var problems = Repository.SourceFiles()
            .SelectMany(file => (file.StartsWith("src/RocketAspire.Store/", StringComparison.Ordinal) ? forbiddenInStore
                : file.StartsWith("src/RocketAspire.Protocol/", StringComparison.Ordinal) ? forbiddenInProtocol : [])
                .Where(word => Repository.Lines(file).Any(line => line.Contains(word, StringComparison.Ordinal)))
                .Select(word => $"{file} speaks of {word}"))
            .ToList();

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(static reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
}
