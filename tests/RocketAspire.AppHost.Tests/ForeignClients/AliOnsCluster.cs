using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Aspire.Hosting;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.AppHost.Tests.ForeignClients;

/// <summary>The default cluster and an installed ali-ons, once for all its tests.</summary>
public sealed class AliOnsCluster : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ali-ons-");
    private IDistributedApplicationTestingBuilder? _builder;
    private DistributedApplication? _app;
    private string? _whyNot;

    public string[] NameServers { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            foreach (var file in Directory.GetFiles(Sources())) File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
            _whyNot = await InstallAsync(limit.Token);
            if (_whyNot is not null) return;
            _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--port-offset", "auto"], limit.Token);
            _app = await _builder.BuildAsync(limit.Token);
            await _app.StartAsync(limit.Token);
            await _app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", limit.Token);
            NameServers = (await _app.GetConnectionStringAsync("rocketmq", limit.Token))!.Split(';');
        }
        catch
        {
            // A fixture that failed to start isn't disposed of by the runner.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        if (_builder is not null) await _builder.DisposeAsync();
        _app = null;
        _builder = null;
        _folder.Refresh();
        if (_folder.Exists) _folder.Delete(recursive: true);
    }

    public void SkipIfNotInstalled()
    {
        if (_whyNot is not null) Assert.Skip(_whyNot);
    }

    /// <summary>Four queues on each master.</summary>
    public async Task CreateTopicsAsync(IEnumerable<string> topics)
    {
        using var limit = Limited();
        await using var connection = RocketMQConnection.Create(string.Join(';', NameServers));
        var admin = new RocketMQAdmin(connection);
        var cluster = await admin.GetClusterInfoAsync(limit.Token);
        foreach (var topic in topics)
        {
            foreach (var group in cluster.BrokerAddrTable.Values)
                await admin.CreateTopicAsync(group.BrokerAddrs[0], new TopicConfig { TopicName = topic, ReadQueueNums = 4, WriteQueueNums = 4, Perm = PermName.ReadWrite }, limit.Token);
        }
    }

    /// <summary>Runs a script of <c>tests/clients/ali-ons</c>; its result is the last line that it writes.</summary>
    public async Task<JsonDocument> RunAsync(string script, object options)
    {
        using var limit = Limited();
        var (code, output, errors) = await RunAsync("node", [script, JsonSerializer.Serialize(options)], limit.Token);
        Assert.True(code == 0, $"node ended with {code}: {errors}");
        TestContext.Current.TestOutputHelper?.WriteLine(errors + output);
        return JsonDocument.Parse(output.Trim().Split('\n')[^1]);
    }

    /// <summary>Null when the client is there, or why the tests can't run.</summary>
    private async Task<string?> InstallAsync(CancellationToken ct)
    {
        try
        {
            var (code, _, errors) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], ct);
            return code == 0 ? null : $"npm could not install ali-ons: {errors.Trim().Split('\n')[0]}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed";
        }
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(string file, string[] arguments, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
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

    private static CancellationTokenSource Limited()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        return limit;
    }

    private static string Sources([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "clients", "ali-ons"));
}
