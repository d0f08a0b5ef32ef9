using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RocketAspire.Proxy.Tests;

/// <summary>The proxy, used by Apache's own client for Node.js: the npm package rocketmq-client-nodejs.</summary>
public sealed class NodeClientTests(SharedCluster shared)
{
    private const int Messages = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task All_four_kinds_are_sent_and_come()
    {
        var cluster = shared.Cluster;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var folder = Directory.CreateTempSubdirectory("rocketmq-client-nodejs-");
        try
        {
            foreach (var file in Directory.GetFiles(Sources())) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            if (await InstallAsync(folder.FullName, limit.Token) is { } reason) Assert.Skip(reason);
            var options = JsonSerializer.Serialize(new
            {
                endpoints = cluster.Proxy.Endpoint.ToString(),
                topics = new
                {
                    normal = await cluster.TopicAsync(queues: 4),
                    fifo = await cluster.TopicAsync("FIFO", queues: 4),
                    delay = await cluster.TopicAsync("DELAY"),
                    transaction = await cluster.TopicAsync("TRANSACTION"),
                },
                group = await cluster.GroupAsync(),
                pushGroup = await cluster.GroupAsync(),
                orderedGroup = await cluster.GroupAsync(static group => group with { ConsumeMessageOrderly = true }),
                messages = Messages,
                timeoutMs = 20_000,
            });
            var (code, output, errors) = await RunAsync("node", ["scenario.js", options], folder.FullName, limit.Token);
            Assert.True(code == 0, $"node ended with {code}: {errors}");
            using var result = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
            CheckSent(result.RootElement.GetProperty("sent"));
            CheckReceived(result.RootElement.GetProperty("received"), result.RootElement.GetProperty("sent").GetProperty("due").GetInt64());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void CheckSent(JsonElement sent)
    {
        Assert.True(sent.GetProperty("hasRecallHandle").GetBoolean());
        Assert.Equal(["orphan"], sent.GetProperty("checked").EnumerateArray().Select(static e => e.GetString()).Distinct());
        Assert.Contains("type not match", sent.GetProperty("refused").GetString(), StringComparison.Ordinal);
    }

    private static void CheckReceived(JsonElement received, long due)
    {
        var expected = Enumerable.Range(0, Messages).Select(static i => $"normal {i} ✓").Order(StringComparer.Ordinal);
        Assert.Equal(expected, Bodies(received, "normal").Order(StringComparer.Ordinal));
        Assert.Equal(expected, received.GetProperty("pushed").EnumerateArray().Select(static e => e.GetString()!).Order(StringComparer.Ordinal));
        foreach (var group in received.GetProperty("fifo").EnumerateArray().GroupBy(static e => e.GetProperty("group").GetString()))
        {
            var numbers = group.Select(static e => int.Parse(e.GetProperty("body").GetString()!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(numbers.Order(), numbers);
        }

        Assert.Equal(Messages, received.GetProperty("fifo").GetArrayLength());
        var delayed = Assert.Single(received.GetProperty("delay").EnumerateArray());
        Assert.Equal("delayed", delayed.GetProperty("body").GetString());
        Assert.True(delayed.GetProperty("at").GetInt64() > due - 1100, "the delayed message came early");
        Assert.Equal(["commit", "orphan"], Bodies(received, "transaction").Order(StringComparer.Ordinal));
        Assert.All(received.EnumerateObject().Where(static kind => kind.Name != "pushed").SelectMany(static kind => kind.Value.EnumerateArray()), static message =>
        {
            Assert.False(message.GetProperty("corrupted").GetBoolean());
            Assert.Equal(1, message.GetProperty("attempt").GetInt32());
        });
    }

    private static IEnumerable<string> Bodies(JsonElement received, string kind) => received.GetProperty(kind).EnumerateArray().Select(static e => e.GetProperty("body").GetString()!);

    /// <summary>Null when the client is there, or why the test can't run.</summary>
    private static async Task<string?> InstallAsync(string folder, CancellationToken ct)
    {
        try
        {
            var (code, _, errors) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, ct);
            return code == 0 ? null : $"npm could not install rocketmq-client-nodejs: {errors.Trim().Split('\n')[0]}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed";
        }
    }

    /// <summary>Runs a program to its end; where that doesn't come in time, what it said until then is the failure's message.</summary>
    private static async Task<(int Code, string Output, string Errors)> RunAsync(string file, string[] arguments, string folder, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{file} {arguments[0]} didn't end within {Limit}: {await errors}{await output}");
        }

        return (process.ExitCode, await output, await errors);
    }

    private static string Sources([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "clients", "rocketmq-client-nodejs"));
}
