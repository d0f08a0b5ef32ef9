using System.Diagnostics;
using RocketAspire.TestSupport;

namespace RocketAspire.Containers.Tests;

/// <summary>What is missing or wrong is told in one line with the next step, before anything starts, and ends with code 2.</summary>
public sealed class ContainerBadInputTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public Task Without_an_engine_it_says_what_to_install() =>
        RefusedAsync("--engine container: neither docker nor podman is in PATH; install one of them, or use --engine embedded, which needs neither");

    [Fact]
    public Task A_named_engine_must_be_there() =>
        RefusedAsync("--engine container: podman is not in PATH; install it, or name the other one with --container-engine", "--container-engine", "podman");

    [Fact]
    public Task An_unknown_engine_is_refused() => RefusedAsync("--container-engine: 'lxc' is not allowed; allowed: docker, podman", "--container-engine", "lxc");

    [Fact]
    public async Task A_refused_socket_is_told_with_its_reason()
    {
        Program("docker", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", 1);
        await RefusedAsync("--engine container: docker doesn't answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?; start it, or use --engine embedded, which needs neither");
    }

    [Fact]
    public async Task A_missing_permission_is_told_with_the_next_step()
    {
        Program("docker", "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock", 1);
        await RefusedAsync("--engine container: docker doesn't answer: permission denied while trying to connect to the docker API at unix:///var/run/docker.sock; let this user use it (group docker), or use --engine embedded");
    }

    [Theory]
    [InlineData("--heap: 'lots' is not allowed; allowed: options of the JVM, such as -Xms256m -Xmx512m", "--heap", "lots")]
    [InlineData("--network: 'mesh' is not allowed; allowed: bridge, host", "--network", "mesh")]
    [InlineData("--volumes: 'maybe' is not allowed; allowed: true, false", "--volumes", "maybe")]
    public Task A_wrong_value_names_its_setting(string line, string name, string value) => RefusedAsync(line, name, value);

    [Fact]
    public async Task An_image_that_is_not_here_is_told_with_its_next_step()
    {
        OurImage.Need();
        await RefusedAsync("--image: there is no image localhost/no-such-image:latest on this machine; build it (docker/build.sh for our own), or name another one", all: true, "--image", "localhost/no-such-image");
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_told_with_its_next_step()
    {
        OurImage.Need();
        // A registry that refuses: nobody listens on that port.
        var (code, errors) = await RunAsync(all: true, "--image-registry", "127.0.0.1:1");
        Assert.Equal(2, code);
        Assert.Matches("^--engine container: the image 127.0.0.1:1/apache/rocketmq:5[.]3[.][0-9]+ is not on this machine and can't be pulled: .+; name one that is here, or a registry that has it with --image-registry\n$", errors);
    }

    [Fact]
    public async Task Loopback_is_refused_on_a_bridge()
    {
        OurImage.Need();
        await RefusedAsync("--host 127.0.0.1: on a bridge network each container would find itself there; name another address of this machine, leave it out, or use --network host", all: true, "--image", OurImage.Name, "--host", "127.0.0.1");
    }

    private Task RefusedAsync(string line, params string[] args) => RefusedAsync(line, all: false, args);

    private async Task RefusedAsync(string line, bool all, params string[] args)
    {
        var (code, errors) = await RunAsync(all, args);
        Assert.Equal(line + "\n", errors);
        Assert.Equal(2, code);
    }

    private async Task<(int Code, string Errors)> RunAsync(bool all, params string[] args)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var start = new ProcessStartInfo(Path.Combine(Projects.RocketAspire_AppHost.ProjectPath, "bin", here.Parent!.Name, here.Name, "RocketAspire.AppHost"),
            ["--engine", "container", "--topology", "single", "--port-offset", "auto", .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (!all) start.Environment["PATH"] = _programs.Path;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await output;
        return (process.ExitCode, errors);
    }

    private void Program(string name, string error, int code)
    {
        var path = Path.Combine(_programs.Path, name);
        File.WriteAllText(path, $"#!/bin/sh\n[ \"$1\" = --version ] && exit 0\necho \"{error}\" >&2\nexit {code}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
