using System.Net;
using System.Net.Sockets;
using RocketAspire.TestSupport;

namespace OfflineAspire.Dashboard.Tests;

/// <summary>The dashboard's life beside an AppHost.</summary>
public sealed class AppHostTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    [InlineData("-KILL")]
    public async Task However_the_AppHost_ends_the_dashboard_ends_with_it(string signal)
    {
        await using var host = await AppHostProcess.StartAsync("--topology", "single", "--console", "false");
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(host.Login, Ct)).StatusCode);

        host.Signal(signal);

        await host.ExitAsync();
        await Eventually.TrueAsync("nobody listens at the dashboard's ports", () => !Enumerable.Range(host.Url.Port, 3).Any(Answers));
    }

    [Fact]
    public async Task A_cluster_whose_dashboard_can_not_start_goes_on_without_it_and_says_why()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var host = AppHostProcess.Launch([("ASPNETCORE_URLS", $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}")], "--topology", "single", "--console", "false");

        await host.SaidAsync("dashboard: not started: ");
        Assert.Contains("address already in use", host.After("dashboard: not started: "), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("rocketmq is ready in", host.Output, StringComparison.Ordinal);
        Assert.False(host.HasExited);
    }

    [Fact]
    public async Task Without_the_dashboard_nothing_listens_and_nothing_is_said_of_it()
    {
        await using var host = AppHostProcess.Launch([("ASPNETCORE_URLS", null)], "--topology", "single", "--dashboard", "false");

        await host.SaidAsync("console: http");
        Assert.DoesNotContain("dashboard", host.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Aspires_own_dashboard_without_its_image_is_one_line_with_the_next_step()
    {
        Assert.SkipUnless(HasEngine, "there is neither docker nor podman in PATH");
        await using var host = AppHostProcess.Launch([("AppHost__DashboardImage", "localhost/no-such-image:1"), ("ASPNETCORE_URLS", null)], "--topology", "single", "--console", "false", "--aspire-dashboard");

        await host.SaidAsync("dashboard: not started: ");
        Assert.Matches("has no image localhost/no-such-image:1: get it by '(docker|podman) pull", host.After("dashboard: not started: "));
    }

    private static bool HasEngine => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "docker")) || File.Exists(Path.Combine(folder, "podman")));

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
