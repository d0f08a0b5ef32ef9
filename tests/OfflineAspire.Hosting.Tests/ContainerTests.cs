using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire.Hosting.Tests;

public sealed class ContainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_run_is_one_command_line()
    {
        List<string> line = ContainerCommandLine.Run(new()
        {
            Name = "broker-a-x",
            Image = "apache/rocketmq:5.3.1",
            Network = "net",
            Aliases = ["broker-a"],
            Ports = [(10911, 10911, "tcp")],
            Mounts = [new("/data", "/store", ContainerMountType.BindMount, false), new("vol", "/logs", ContainerMountType.Volume, true)],
            Environment = ["NAMESRV_ADDR"],
            Entrypoint = "sh",
            Pull = ImagePullPolicy.Missing,
            RuntimeArguments = ["--memory", "1g"],
            Arguments = ["mqbroker", "-c", "/broker.conf"],
        });
        Assert.Equal("run --name broker-a-x --network net --rm --network-alias broker-a --add-host host.docker.internal:host-gateway "
            + "--publish 127.0.0.1:10911:10911/tcp --mount type=bind,source=/data,target=/store --mount type=volume,source=vol,target=/logs,readonly "
            + "--env NAMESRV_ADDR --entrypoint sh --pull missing --memory 1g apache/rocketmq:5.3.1 mqbroker -c /broker.conf", string.Join(' ', line));
    }

    [Fact]
    public void Networks_stops_and_removals_are_command_lines()
    {
        Assert.Equal(["network", "create", "n"], ContainerCommandLine.CreateNetwork("n"));
        Assert.Equal(["network", "rm", "n"], ContainerCommandLine.RemoveNetwork("n"));
        Assert.Equal(["stop", "--time", "5", "c"], ContainerCommandLine.Stop("c", TimeSpan.FromSeconds(5)));
        Assert.Equal(["rm", "--force", "c"], ContainerCommandLine.Remove("c"));
    }

    [Theory]
    [InlineData("redis", null, "redis:latest")]
    [InlineData("redis:7", null, "redis:7")]
    [InlineData("localhost:5000/redis", "8", "localhost:5000/redis:8")]
    [InlineData("redis@sha256:abc", null, "redis@sha256:abc")]
    public void Image_names_are_taken_apart(string image, string? tag, string expected)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());
        IResourceBuilder<ContainerResource> container = tag is null ? builder.AddContainer("c", image) : builder.AddContainer("c", image, tag);
        Assert.True(container.Resource.TryGetContainerImageName(out string? name));
        Assert.Equal(expected, name);
    }

    [Fact]
    public async Task Generated_files_are_mounted_with_their_modes()
    {
        await using var test = new TestApp();
        IResourceBuilder<ContainerResource> broker = test.Builder.AddContainer("broker", "image").WithContainerFiles("/conf",
            [new ContainerFile { Name = "broker.conf", Contents = "listenPort=10911\n" },
             new ContainerDirectory { Name = "more", Entries = [new ContainerFile { Name = "x", Contents = "", Mode = UnixFileMode.UserRead }] }]);
        DistributedApplication app = test.Build();
        TemporaryFiles files = app.Services.GetRequiredService<TemporaryFiles>();
        List<ContainerMountAnnotation> mounts = await new ContainerFiles(app.Services, files).WriteAsync(broker.Resource, Token);
        Assert.Equal(["/conf/broker.conf", "/conf/more"], mounts.Select(m => m.Target));
        Assert.Equal("listenPort=10911\n", await File.ReadAllTextAsync(mounts[0].Source!, Token));
        Assert.Equal("644", Octal(mounts[0].Source!));
        Assert.Equal("755", Octal(mounts[1].Source!));
        Assert.Equal("400", Octal(Path.Combine(mounts[1].Source!, "x")));
        await test.Builder.DisposeAsync();
        Assert.False(File.Exists(mounts[0].Source));

        static string Octal(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
    }

    [Fact]
    public async Task Without_an_engine_a_container_fails_with_one_line()
    {
        await using var test = new TestApp();
        test.Builder.Configuration["DcpPublisher:ContainerRuntime"] = "no-such-engine";
        IResourceBuilder<ContainerResource> container = test.Builder.AddContainer("broker", "image");
        await test.StartAsync();
        await test.ReachesAsync("broker", KnownResourceStates.FailedToStart);
        Assert.Equal(["Resource 'broker' failed to start: the container engine 'no-such-engine' was not found in PATH"], await test.LinesAsync(container.Resource));
    }

    [Fact]
    public async Task An_engine_is_told_to_create_run_stop_and_clean_up()
    {
        await using var test = new TestApp();
        // A program that notes what it was told, and runs until it is stopped when that is `run`.
        string engine = Path.Combine(test.State.FullName, "engine");
        await File.WriteAllTextAsync(engine, "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/calls\"\n"
            + "if [ \"$1\" = run ]; then echo \"secret is $SECRET\"; trap 'exit 0' TERM; while :; do sleep 0.05; done; fi\n", Token);
        File.SetUnixFileMode(engine, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string path = Environment.GetEnvironmentVariable("PATH")!;
        Environment.SetEnvironmentVariable("PATH", test.State.FullName + ":" + path);
        try
        {
            test.Builder.Configuration["DcpPublisher:ContainerRuntime"] = "engine";
            test.Builder.Configuration["Parameters:secret"] = "swordfish";
            IResourceBuilder<ContainerResource> container = test.Builder.AddContainer("broker", "image", "1").WithContainerName("fixed-name")
                .WithEndpoint(port: 10911, targetPort: 10911, name: "main", isProxied: false)
                .WithEnvironment("SECRET", test.Builder.AddParameter("secret", secret: true)).WithArgs("sh", "mqbroker");
            await test.StartAsync();
            await test.ReachesAsync("broker", KnownResourceStates.Running);
            await Until.TrueAsync(() => test.LinesAsync(container.Resource).Result.Contains("secret is ********"), "the container's output");
            await Until.InTimeAsync(test.App.StopAsync(Token), "the application to stop");
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
        string[] calls = await File.ReadAllLinesAsync(Path.Combine(test.State.FullName, "calls"), Token);
        string network = calls[0].Split(' ')[^1];
        Assert.Equal($"network create {network}", calls[0]);
        Assert.Equal($"run --name fixed-name --network {network} --rm --network-alias broker --network-alias broker.dev.internal "
            + "--add-host host.docker.internal:host-gateway --publish 127.0.0.1:10911:10911/tcp --env SECRET image:1 sh mqbroker", calls[1]);
        Assert.Equal(["stop --time 5 fixed-name", "rm --force fixed-name", $"network rm {network}"], calls[2..]);
    }
}
