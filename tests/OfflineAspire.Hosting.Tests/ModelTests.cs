using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace OfflineAspire.Hosting.Tests;

public sealed class ModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Names_are_checked_and_unique()
    {
        using IDistributedApplicationTestingBuilder builder = DistributedApplicationTestingBuilder.Create();
        builder.AddExecutable("one", "sh", ".");
        DistributedApplicationException e = Assert.Throws<DistributedApplicationException>(() => builder.AddContainer("ONE", "image"));
        Assert.Contains("'ONE'", e.Message, StringComparison.Ordinal);
        foreach (string wrong in (string[])["", "1a", "a_b", "a--b", "a-", new string('a', 65)])
        {
            Assert.ThrowsAny<ArgumentException>(() => builder.AddExecutable(wrong, "sh", "."));
        }
    }

    [Fact]
    public async Task A_fixed_endpoint_without_a_proxy_keeps_its_port_and_a_free_one_is_found_for_others()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());
        IResourceBuilder<ExecutableResource> fixedPort = builder.AddExecutable("fixed", "sh", ".").WithEndpoint(port: 19876, scheme: "tcp", name: "main", isProxied: false);
        IResourceBuilder<ExecutableResource> free = builder.AddExecutable("free", "sh", ".").WithEndpoint(scheme: "tcp", name: "main");
        Assert.Equal(19876, fixedPort.GetEndpoint("main").TargetPort);
        Assert.False(fixedPort.GetEndpoint("main").IsAllocated);
        ValueTask<string?> early = free.GetEndpoint("main").Property(EndpointProperty.HostAndPort).GetValueAsync(Token);
        Assert.False(early.IsCompleted);
        EndpointAllocator.Allocate(builder.Resources);
        Assert.Equal("tcp://localhost:19876", fixedPort.GetEndpoint("main").Url);
        Assert.InRange(free.GetEndpoint("main").Port, 1024, 65535);
        Assert.Equal($"localhost:{free.GetEndpoint("main").Port}", await early);
        Assert.Equal("127.0.0.1", await fixedPort.GetEndpoint("main").Property(EndpointProperty.IPV4Host).GetValueAsync(Token));
    }

    [Fact]
    public void Different_ports_without_a_proxy_are_refused()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());
        builder.AddExecutable("bad", "sh", ".").WithEndpoint(port: 1111, targetPort: 2222, name: "main", isProxied: false);
        DistributedApplicationException e = Assert.Throws<DistributedApplicationException>(() => EndpointAllocator.Allocate(builder.Resources));
        Assert.Contains("'main' for resource 'bad'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_another_one_for_a_container_than_for_the_host()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());
        IResourceBuilder<ContainerResource> ns = builder.AddContainer("ns", "apache/rocketmq", "5.3.1").WithEndpoint(port: 19876, targetPort: 9876, name: "main", isProxied: false);
        IResourceBuilder<ContainerResource> broker = builder.AddContainer("broker", "apache/rocketmq", "5.3.1");
        EndpointAllocator.Allocate(builder.Resources);
        EndpointReference main = ns.GetEndpoint("main");
        ReferenceExpression list = ReferenceExpression.Create($"{main.Property(EndpointProperty.HostAndPort)};{{x}}");
        Assert.Equal("localhost:19876;{x}", await list.GetValueAsync(Token));
        Assert.Equal("ns.dev.internal:9876;{x}", await list.GetValueAsync(new ValueProviderContext { Caller = broker.Resource }, Token));
        Assert.Equal("ns.dev.internal:9876;{x}",
            await list.GetValueAsync(new ValueProviderContext { Network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork }, Token));
        Assert.Equal("{ns.bindings.main.host}:{ns.bindings.main.port};{x}", list.ValueExpression);
    }

    [Fact]
    public void A_resource_cannot_wait_for_its_parent_or_itself()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());
        IResourceBuilder<ExecutableResource> parent = builder.AddExecutable("parent", "sh", ".");
        IResourceBuilder<Child> child = builder.AddResource(new Child("child", parent.Resource));
        Assert.Contains("cannot wait for its parent", Assert.Throws<DistributedApplicationException>(() => child.WaitFor(parent)).Message, StringComparison.Ordinal);
        Assert.Throws<DistributedApplicationException>(() => parent.WaitFor(parent));
        builder.AddExecutable("nested", "sh", ".").WithParentRelationship(parent).WaitFor(parent);
    }

    [Fact]
    public async Task Secrets_show_in_no_snapshot_and_no_log()
    {
        await using var test = new TestApp();
        test.Builder.Configuration["Parameters:password"] = "hunter2-hunter2";
        test.Builder.Configuration["ConnectionStrings:db"] = "Server=x;Password=open-sesame";
        IResourceBuilder<ParameterResource> password = test.Builder.AddParameter("password", secret: true);
        IResourceBuilder<ExecutableResource> script = test.Script("script", "echo \"got $PASSWORD and $1 and $ConnectionStrings__db\"")
            .WithEnvironment("PASSWORD", password)
            .WithEnvironment("INSIDE", $"user:{password}@host")
            .WithReference(test.Builder.AddConnectionString("db"))
            .WithArgs("sh", password);
        await test.StartAsync();
        CustomResourceSnapshot snapshot = await test.ReachesAsync("script", KnownResourceStates.Finished);
        Assert.Contains("got ******** and ******** and ********", await test.LinesAsync(script.Resource));
        string shown = string.Join(' ', snapshot.EnvironmentVariables.Select(v => v.Value)) + string.Join(' ',
            ((System.Collections.Immutable.ImmutableArray<string>)snapshot.Properties.Single(p => p.Name == "executable.args").Value!));
        Assert.DoesNotContain("hunter2", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", shown, StringComparison.Ordinal);
        Assert.Equal("********", test.Snapshot("password").Properties.Single(p => p.Name == "Value").Value);
    }

    [Fact]
    public async Task A_missing_parameter_fails_who_uses_it_and_names_its_key()
    {
        await using var test = new TestApp();
        IResourceBuilder<ExecutableResource> user = test.Script("user").WithEnvironment("X", test.Builder.AddParameter("absent"));
        await test.StartAsync();
        Assert.Equal(KnownResourceStates.ValueMissing, test.Snapshot("absent").State?.Text);
        await test.ReachesAsync("user", KnownResourceStates.FailedToStart);
        Assert.Contains("'Parameters:absent' is missing", Assert.Single(await test.LinesAsync(user.Resource)), StringComparison.Ordinal);
    }

    [Fact]
    public void Command_line_switches_are_configuration_and_choose_publish_mode()
    {
        IDistributedApplicationBuilder run = DistributedApplication.CreateBuilder(["--topology", "single", "--RocketMQ:Engine=embedded"]);
        Assert.Equal("single", run.Configuration["topology"]);
        Assert.Equal("embedded", run.Configuration["RocketMQ:Engine"]);
        Assert.True(run.ExecutionContext.IsRunMode);
        IDistributedApplicationBuilder publish = DistributedApplication.CreateBuilder(["--operation", "publish", "--output-path", "out"]);
        Assert.True(publish.ExecutionContext.IsPublishMode);
        Assert.Equal("out", publish.Configuration["Pipeline:OutputPath"]);
    }

    [Fact]
    public async Task Publish_mode_tells_of_the_start_and_ends_without_starting_anything()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(["--operation", "publish"]);
        bool told = false;
        bool started = false;
        builder.OnBeforeStart((_, _) =>
        {
            told = true;
            return Task.CompletedTask;
        });
        builder.AddExecutable("node", "sh", ".").OnBeforeResourceStarted((_, _, _) =>
        {
            started = true;
            return Task.CompletedTask;
        });
        await Until.InTimeAsync(builder.Build().RunAsync(Token), "the publishing to end");
        Assert.True(told);
        Assert.False(started);
    }

    [Fact]
    public async Task A_reference_gives_connection_string_and_properties()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());
        IResourceBuilder<ConnectionStringResource> db = builder.AddConnectionString("my-db", ReferenceExpression.Create($"here"))
            .WithConnectionProperty("Host", "localhost");
        IResourceBuilder<ExecutableResource> user = builder.AddExecutable("user", "sh", ".").WithReference(db);
        using DistributedApplication app = builder.Build();
        var launcher = new Launcher(builder.ExecutionContext, app.Services, app.Services.GetRequiredService<SecretMask>(),
            app.Services.GetRequiredService<GuardianClient>(), app.Services.GetRequiredService<TemporaryFiles>());
        Dictionary<string, ResolvedValue> variables = await launcher.EnvironmentAsync(user.Resource, NullLogger.Instance, Token);
        Assert.Equal("here", variables["ConnectionStrings__my-db"].Text);
        Assert.Equal("localhost", variables["MY_DB_HOST"].Text);
    }

    [Fact]
    public async Task An_AppHost_runs_in_the_test_with_its_arguments()
    {
        DirectoryInfo state = Directory.CreateTempSubdirectory("offline-aspire-tests-");
        await using (IDistributedApplicationTestingBuilder builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.OfflineAspire_TestAppHost>(
            ["--scenario", "project", "--state", state.FullName, "--Parameters:greeting", "good-morning"], Token))
        {
            Assert.Equal("OfflineAspire.TestAppHost", builder.AppHostAssembly?.GetName().Name);
            Assert.Contains(builder.Resources, r => r.Name == "service");
            await using DistributedApplication app = await builder.BuildAsync(Token);
            await Until.InTimeAsync(app.StartAsync(Token), "the application to start");
            Uri endpoint = app.GetEndpoint("service", "main");
            await Until.TrueAsync(() => Answers(endpoint), "the project to listen");
            IResource service = builder.Resources.Single(r => r.Name == "service");
            var lines = new List<string>();
            await foreach (IReadOnlyList<LogLine> batch in app.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(service))
            {
                lines.AddRange(batch.Select(l => l.Content));
            }
            Assert.Contains("arguments: --quiet", lines);
            Assert.Contains("greeting: ********", lines);
            Assert.Equal("good-morning", builder.Configuration["Parameters:greeting"]);
        }
        Assert.False(Directory.Exists(File.ReadAllText(Path.Combine(state.FullName, "temporary"))));
        state.Delete(recursive: true);
    }

    [Fact]
    public async Task Two_applications_in_one_test_process_do_not_meet()
    {
        await using var one = new TestApp();
        await using var two = new TestApp();
        one.Script("node");
        two.Script("node");
        await one.StartAsync();
        await two.StartAsync();
        int first = await one.PidAsync("node");
        int second = await two.PidAsync("node");
        await one.App.StopAsync(Token);
        Assert.False(Processes.IsAlive(first));
        Assert.True(Processes.IsAlive(second));
    }

    private static bool Answers(Uri endpoint)
    {
        try
        {
            using var client = new TcpClient(endpoint.Host, endpoint.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class Child(string name, IResource parent) : Resource(name), IResourceWithParent, IResourceWithWaitSupport
    {
        public IResource Parent => parent;
    }
}
