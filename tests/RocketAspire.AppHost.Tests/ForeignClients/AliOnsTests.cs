using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Aspire.Hosting;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.AppHost.Tests.ForeignClients;

/// <summary>The default cluster, used by a client that nobody here wrote: the npm package ali-ons.</summary>
public sealed class AliOnsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_thousand_messages_go_over_both_masters_and_two_consumers_share_them_twice()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var folder = Directory.CreateTempSubdirectory("ali-ons-");
        try
        {
            foreach (var file in Directory.GetFiles(Sources())) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            if (await InstallAsync(folder.FullName, limit.Token) is { } reason) Assert.Skip(reason);
            await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--port-offset", "auto"], limit.Token);
            await using var app = await builder.BuildAsync(limit.Token);
            await app.StartAsync(limit.Token);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", limit.Token);
            var nameServers = (await app.GetConnectionStringAsync("rocketmq", limit.Token))!;
            await CreateTopicAsync(nameServers, limit.Token);

            var options = JsonSerializer.Serialize(new { nameServers = nameServers.Split(';'), topic = "Foreign", messages = 1000, rounds = 2, consumers = 2, timeoutMs = 60000 });
            var (code, output, errors) = await RunAsync("node", ["scenario.js", options], folder.FullName, limit.Token);

            Assert.True(code == 0, $"node ended with {code}: {errors}");
            using var result = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
            var sent = result.RootElement.GetProperty("sent");
            Assert.Equal(0, sent.GetProperty("failed").GetArrayLength());
            Assert.Equal(["broker-a", "broker-b"], sent.GetProperty("byBroker").EnumerateObject().Select(static p => p.Name).Order());
            Assert.Equal(2, result.RootElement.GetProperty("rounds").GetArrayLength());
            foreach (var round in result.RootElement.GetProperty("rounds").EnumerateArray())
            {
                Assert.Equal(1000, round.GetProperty("distinct").GetInt32());
                Assert.Equal(0, round.GetProperty("missing").GetArrayLength());
                Assert.All(round.GetProperty("perConsumer").EnumerateArray(), static got => Assert.True(got.GetInt32() > 0, "one consumer got nothing"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CreateTopicAsync(string nameServers, CancellationToken ct)
    {
        await using var connection = RocketMQConnection.Create(nameServers);
        var admin = new RocketMQAdmin(connection);
        var cluster = await admin.GetClusterInfoAsync(ct);
        foreach (var group in cluster.BrokerAddrTable.Values)
            await admin.CreateTopicAsync(group.BrokerAddrs[0], new TopicConfig { TopicName = "Foreign", ReadQueueNums = 4, WriteQueueNums = 4, Perm = PermName.ReadWrite }, ct);
    }

    /// <summary>Null when the client is there, or why the test can't run.</summary>
    private static async Task<string?> InstallAsync(string folder, CancellationToken ct)
    {
        try
        {
            var (code, _, errors) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, ct);
            return code == 0 ? null : $"npm could not install ali-ons: {errors.Trim().Split('\n')[0]}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed";
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string file, string[] arguments, string folder, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static string Sources([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "clients", "ali-ons"));
}
