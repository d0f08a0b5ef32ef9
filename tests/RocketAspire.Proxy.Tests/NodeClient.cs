using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RocketAspire.Proxy.Tests;

/// <summary>A script with Apache's client for Node.js in a folder of its own.</summary>
internal sealed class NodeClient : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rocketmq-client-nodejs-");
    private Process? _process;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Skips the test where npm can't install the client.</summary>
    public static async Task<NodeClient> InstallAsync()
    {
        var client = new NodeClient();
        foreach (var file in Directory.GetFiles(Sources())) File.Copy(file, Path.Combine(client._folder.FullName, Path.GetFileName(file)));
        var reason = "npm is not installed";
        try
        {
            using var npm = client.Run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
            var (output, errors) = (npm.StandardOutput.ReadToEndAsync(Ct), npm.StandardError.ReadToEndAsync(Ct));
            await npm.WaitForExitAsync(Ct);
            await output;
            if (npm.ExitCode == 0) return client;
            reason = $"npm could not install rocketmq-client-nodejs: {(await errors).Trim().Split('\n')[0]}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // It is told below.
        }

        client.Dispose();
        Assert.Skip(reason);
        return client;
    }

    public void Start(string script, object options) => _process = Run("node", [script, JsonSerializer.Serialize(options)]);

    /// <summary>Reads lines until one says that so many were sent.</summary>
    public async Task SentAsync(int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            var line = await _process!.StandardOutput.ReadLineAsync(limit.Token);
            if (line is null) Assert.Fail("node ended: " + await _process.StandardError.ReadToEndAsync(Ct));
            if (int.TryParse(line, out var sent) && sent >= count) return;
        }
    }

    /// <summary>Tells the script to end, and gives its last line.</summary>
    public async Task<JsonElement> FinishAsync()
    {
        _process!.StandardInput.Close();
        var output = (await _process.StandardOutput.ReadToEndAsync(Ct).WaitAsync(TimeSpan.FromMinutes(3), Ct)).Trim();
        return JsonDocument.Parse(output[(output.LastIndexOf('\n') + 1)..]).RootElement;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private Process Run(string file, string[] arguments) =>
        Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = _folder.FullName, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static string Sources([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "clients", "rocketmq-client-nodejs"));
}
