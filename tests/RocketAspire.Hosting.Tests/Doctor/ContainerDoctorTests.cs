using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Engines.Containers;
using RocketAspire.TestSupport;

namespace RocketAspire.Hosting.Tests.Doctor;

public sealed class ContainerDoctorTests
{
    [Fact]
    public void An_image_of_another_architecture_is_told()
    {
        Assert.Equal(DoctorSeverity.Ok, ContainerDoctor.Judge("mq:1", "amd64", "amd64").Severity);
        var other = ContainerDoctor.Judge("mq:1", "arm64", "amd64");
        Assert.Equal(DoctorSeverity.Warn, other.Severity);
        Assert.Contains("arm64", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_that_containers_run_names_the_addresses_that_it_can_not_reach()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "needs bash, as Apache's image has it");
        var ct = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        // As a node does: who says no more is let go.
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(ct);
            while (await client.GetStream().ReadAsync(new byte[16], ct) > 0)
            {
            }
        }, ct);
        var reached = $"{listener.LocalEndpoint}";
        var missed = $"127.0.0.1:{FreePorts.Next()}";
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", ContainerDoctor.ReachScript, "sh", reached, missed]) { RedirectStandardOutput = true })!;
        Assert.Equal(missed, (await process.StandardOutput.ReadToEndAsync(ct)).Trim());
        await serving.WaitAsync(TimeSpan.FromSeconds(10), ct);
    }
}
