using System.Collections;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire;

/// <summary>Aspire's standalone dashboard in a container, in the place of our own.</summary>
internal sealed class DashboardContainer
{
    private const string EngineHost = "host.docker.internal";

    private readonly GuardianClient _guardian;
    private readonly string _engine;
    private readonly string _image;
    private readonly string _name = "aspire-dashboard-" + Guid.NewGuid().ToString("n")[..8];

    private DashboardContainer(GuardianClient guardian, string engine, string image)
    {
        _guardian = guardian;
        _engine = engine;
        _image = image;
    }

    /// <exception cref="DistributedApplicationException">No engine, or it hasn't the image; one line with the next step.</exception>
    public static async Task<DashboardContainer> FindAsync(IServiceProvider services, GuardianClient guardian, string image)
    {
        string engine = ContainerEngine.Find(services.GetRequiredService<IConfiguration>());
        var container = new DashboardContainer(guardian, engine, image);
        if (await container.RunAsync(["image", "inspect", "--format", "{{.Id}}", image]).ConfigureAwait(false) is not null)
        {
            string program = Path.GetFileNameWithoutExtension(engine);
            throw new DistributedApplicationException($"{program} has no image {image}: get it by '{program} pull {image}', or leave --aspire-dashboard out for the dashboard that is built in");
        }
        return container;
    }

    public async Task<ManagedProcess> StartAsync(DashboardSettings settings, Uri resourceService, IReadOnlyDictionary<string, string> variables, Action<string, bool> onLine)
    {
        // Linux's engines put it into the machine's own network, where the addresses are as they are for our own.
        bool isHere = OperatingSystem.IsLinux();
        var own = new Dictionary<string, string>(variables, StringComparer.Ordinal);
        var arguments = new List<string> { "run", "--rm", "--name", _name };
        if (isHere)
        {
            arguments.AddRange(["--network", "host"]);
        }
        else
        {
            own["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://{EngineHost}:{resourceService.Port}";
            foreach ((string key, string? url) in (ReadOnlySpan<(string, string?)>)
                [("ASPNETCORE_URLS", settings.Url.Split(';')[0]), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", settings.OtlpGrpcUrl), ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", settings.OtlpHttpUrl)])
            {
                if (url is not null)
                {
                    int port = new Uri(url).Port;
                    own[key] = $"http://0.0.0.0:{port}";
                    arguments.AddRange(["-p", $"127.0.0.1:{port}:{port}"]);
                }
            }
        }
        foreach (string key in own.Keys)
        {
            // By name only: values on a command line can be read by everybody on the machine.
            arguments.AddRange(["-e", key]);
        }
        arguments.Add(_image);
        await _guardian.KeepCommandAsync(_name, Request(["rm", "-f", _name])).ConfigureAwait(false);
        Dictionary<string, string> environment = OwnEnvironment();
        foreach ((string key, string value) in own)
        {
            environment[key] = value;
        }
        return await _guardian.StartAsync(_engine, arguments, environment, Path.GetTempPath(), onLine, isEngine: true).ConfigureAwait(false);
    }

    public async Task StopAsync()
    {
        await RunAsync(["rm", "-f", _name]).ConfigureAwait(false);
        _guardian.ForgetCommand(_name);
    }

    private SpawnRequest Request(IReadOnlyList<string> arguments) =>
        new() { File = _engine, Arguments = arguments, Environment = OwnEnvironment(), WorkingDirectory = Path.GetTempPath() };

    // Null when it went well, its last line otherwise.
    private async Task<string?> RunAsync(IReadOnlyList<string> arguments)
    {
        string? last = null;
        ManagedProcess process = await _guardian.StartAsync(_engine, arguments, OwnEnvironment(), Path.GetTempPath(), (line, _) => last = line, isEngine: true).ConfigureAwait(false);
        await process.Started.ConfigureAwait(false);
        ExitStatus status = await process.Exited.ConfigureAwait(false);
        return status.Code == 0 ? null : last ?? status.ToString();
    }

    private static Dictionary<string, string> OwnEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
}
