using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Xml.Linq;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Packages;

/// <summary>What somebody gets who takes the packages instead of this repository.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_that_has_only_the_packed_client_asks_a_name_server()
    {
        await Feed.FillAsync(_folder, "RocketAspire.Protocol", "RocketAspire.Remoting", "RocketAspire.Client");
        WriteConsumer();
        var built = await Programs.RunAsync(_folder["consumer"], null, "dotnet", "build", "-v", "q", "--nologo");
        Assert.True(built.Code == 0, built.Output);
        var port = FreePorts.Next();
        File.WriteAllText(_folder["namesrv.conf"], $"listenPort={port}\nbindAddress=127.0.0.1\nkvConfigPath={_folder["kv.json"]}\n");
        using var server = Process.Start(new ProcessStartInfo(OwnNodes.Server, ["namesrv", "-c", _folder["namesrv.conf"]]))!;
        try
        {
            await Eventually.TrueAsync("the name server listens", () => Listens(port));
            Assert.Equal((0, "0 brokers\n"), await Programs.RunAsync(_folder["consumer"], null, "dotnet", "bin/Debug/net10.0/Consumer.dll", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_hosting_package_carries_the_server_and_tells_an_AppHost_where_it_is()
    {
        await Feed.FillAsync(_folder, "RocketAspire.Hosting");
        using var package = ZipFile.OpenRead(Directory.GetFiles(_folder["feed"], "RocketAspire.Hosting.*.nupkg").Single());
        var names = package.Entries.Select(e => e.FullName).ToHashSet(StringComparer.Ordinal);
        foreach (var name in new[] { "PACKAGE.md", "build/RocketAspire.Hosting.targets", "lib/net10.0/RocketAspire.Hosting.dll", "tools/server/RocketAspire.Server.dll", "tools/server/RocketAspire.Server.runtimeconfig.json", "tools/server/RocketAspire.Broker.dll" })
            Assert.Contains(name, names);
        await using var spec = await package.GetEntry("RocketAspire.Hosting.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
        var metadata = (await XDocument.LoadAsync(spec, LoadOptions.None, TestContext.Current.CancellationToken)).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
        Assert.Equal(("Apache-2.0", "PACKAGE.md"), (Value("license"), Value("readme")));
        var needed = metadata.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => (string?)e.Attribute("id")).ToList();
        Assert.Contains("RocketAspire.Client", needed);
        Assert.DoesNotContain("RocketAspire.Server", needed);
    }

    /// <summary>Its only source is the feed; packages of others come from where this repository's own restore put them.</summary>
    private void WriteConsumer()
    {
        Directory.CreateDirectory(_folder["consumer"]);
        var others = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(_folder["consumer/nuget.config"], $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder["packages"]}" /></config>
              <packageSources><clear /><add key="feed" value="{_folder["feed"]}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="others" value="{others}" /></fallbackPackageFolders>
            </configuration>
            """);
        File.WriteAllText(_folder["consumer/Consumer.csproj"], """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="RocketAspire.Client" Version="0.1.0" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(_folder["consumer/Program.cs"], """
            using RocketAspire.Client;

            await using var connection = RocketMQConnection.Create(args[0]);
            var cluster = await new RocketMQAdmin(connection).GetClusterInfoAsync();
            Console.WriteLine($"{cluster.BrokerAddrTable.Count} brokers");
            """);
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
