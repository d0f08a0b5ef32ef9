using System.Reflection;
using Aspire.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Lint;
using RocketAspire.Hosting.Publishing;
using RocketAspire.Hosting.Reporting;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting;

/// <summary>Runs an AppHost so that its user never sees a stack trace.</summary>
public static class RocketMQAppHost
{
    private const int Failed = 1;

    private const string Usage = """
        usage: dotnet run --project RocketAspire.AppHost -- [switches]

          --topology NAME      2m-2s-sync (default), 2m-2s-async, 2m-noslave, dledger, single
          --engine NAME        embedded (default): processes of our own engine; container: Docker or Podman;
                               distribution: the Apache RocketMQ of ROCKETMQ_HOME, on Java 8 or later
          --heap OPTIONS       of each Java node, on either of these (default "-Xms256m -Xmx512m")
          --data-path DIR      keep the data there (default: a temporary folder, removed at the end)
          --host ADDRESS       the address told to clients (default 127.0.0.1)
          --port-offset N      added to each port; auto: a block of ports that nobody holds
          --name-servers N     1 to 9
          --sample             run an order service of three parts on it
          --doctor             start it, say what is well and what fails, stop: 0 nothing fails, 1 something does
          --doctor --namesrv A;B  the same for a cluster that runs already
          --dashboard false    without the dashboard of resources, logs and traces (http://127.0.0.1:18888, plus the port offset)
          --telemetry true     name servers, brokers and proxy send it metrics, logs and traces (default: with --sample)
          --aspire-dashboard   Aspire's own dashboard in its place, where a container engine has its image
          --console false      without the web console (http://127.0.0.1:8082, plus the port offset)
          --ready-seconds N    how long it may take to get ready before the doctor looks at it (30; in containers and on Java 90)
          --publish KIND       write the cluster down instead of running it: hosts, compose, kubernetes
          --output-path DIR    where to; the folder must be missing or empty
          --hosts A,B[,C]      with --publish hosts: the machines' addresses
          --lint FILE…|DIR     check RocketMQ's properties files instead: 0 clean, 1 remarks, 2 unusable
        With --engine container, also:
          --image NAME         name servers and brokers (default Apache's); also --image-tag, --image-registry
          --network NAME       bridge (default), host
          --container-engine NAME, --volumes true|false, --proxy true|false
        The same as settings: section RocketMQ, environment RocketMQ__Topology and so on.
        """;

    /// <summary>Builds the application, runs it until it is told to stop, and turns what went wrong into one line.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="compose">Adds the resources.</param>
    /// <returns>The exit code: 0 it ended as asked, 1 a node failed or the machine is in the way, 2 a setting is wrong.</returns>
    public static async Task<int> RunAsync(string[] args, Action<IDistributedApplicationBuilder> compose)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(compose);
        if (args is ["--help"] or ["-h"])
        {
            Console.Out.WriteLine(Usage);
            return 0;
        }
        if (LintCommand.Run(args, path => DataFolder.Resolve(path, Assembly.GetEntryAssembly()), Console.Out, Console.Error) is { } linted) return linted;
        if (await DoctorCommand.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false) is { } examined) return examined;
        try
        {
            var builder = DistributedApplication.CreateBuilder(args);
            // The host would log what is told here in one line, with its stack.
            builder.Services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None));
            compose(builder);
            if (PublishCommand.Run(builder, path => DataFolder.Resolve(path, builder.AppHostAssembly), Console.Out)) return 0;
            var app = builder.Build();
            await using (app.ConfigureAwait(false))
            {
                var outcome = app.Services.GetService<ClusterOutcome>();
                await app.RunAsync().ConfigureAwait(false);
                return outcome is { HasFailed: true } ? Failed : 0;
            }
        }
        catch (RocketMQSettingException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return e.ExitCode;
        }
        catch (DistributedApplicationException e)
        {
            await Console.Error.WriteLineAsync(e.Message.ReplaceLineEndings(" ")).ConfigureAwait(false);
            return Failed;
        }
    }
}
