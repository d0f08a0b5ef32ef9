using System.Net;
using Microsoft.Extensions.Configuration;
using OfflineAspire.Dashboard.Login;

namespace OfflineAspire.Dashboard.Tests;

public sealed class LoginTests
{
    private static readonly (string, string?) Token = ("DASHBOARD__FRONTEND__BROWSERTOKEN", "let-me-in");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_the_token_every_page_leads_to_the_login_and_nothing_else_is_told()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Token);

        foreach (var path in (string[])["/", "/consolelogs", "/traces", "/metrics", "/graph", "/structuredlogs?traceId=1"])
        {
            var answer = await dashboard.Http.GetAsync(path, Ct);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith("/login?returnUrl=", answer.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        }

        Assert.NotEqual(HttpStatusCode.OK, (await dashboard.Http.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await dashboard.Http.GetAsync("/dashboard.css", Ct)).StatusCode);
    }

    [Fact]
    public async Task The_link_and_the_form_let_in_who_has_the_token()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Token);

        var link = await dashboard.Http.GetAsync("/login?t=let-me-in&returnUrl=%2Ftraces", Ct);
        Assert.Equal((HttpStatusCode.Redirect, "/traces"), (link.StatusCode, link.Headers.Location!.OriginalString));
        var cookie = link.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite", cookie, StringComparison.OrdinalIgnoreCase);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/traces") { Headers = { { "Cookie", cookie.Split(';')[0] } } };
        Assert.Equal(HttpStatusCode.OK, (await dashboard.Http.SendAsync(request, Ct)).StatusCode);

        var form = await dashboard.Http.PostAsync("/login", new FormUrlEncodedContent([new("t", " let-me-in "), new("returnUrl", "/metrics")]), Ct);
        Assert.Equal((HttpStatusCode.Redirect, "/metrics"), (form.StatusCode, form.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task A_wrong_token_lets_nobody_in_and_what_was_typed_never_runs()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Token);

        var wrong = await dashboard.Http.GetAsync("/login?t=LET-ME-IN&returnUrl=%2F%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        var page = await wrong.Content.ReadAsStringAsync(Ct);
        Assert.Contains("This is not the token.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        using var chinese = new HttpRequestMessage(HttpMethod.Get, "/login") { Headers = { { "Accept-Language", "zh-CN" } } };
        Assert.Contains("登录", await (await dashboard.Http.SendAsync(chinese, Ct)).Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/traces?a=b", "/traces?a=b")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    public void Nobody_is_sent_elsewhere_after_the_login(string? returnUrl, string goesTo) => Assert.Equal(goesTo, LoginEndpoints.LocalPath(returnUrl));

    [Fact]
    public async Task Another_site_that_resolves_to_this_machine_reaches_nothing()
    {
        await using var dashboard = await DashboardProcess.StartAsync(("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "true"));

        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await dashboard.Http.SendAsync(rebound, Ct)).StatusCode);
        var answer = await dashboard.Http.GetAsync("/", Ct);
        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").First(), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "nowhere", "ASPNETCORE_URLS: 'nowhere' is not an address")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ftp://127.0.0.1", "is not an address")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "http://0.0.0.0:1", "needs a key")]
    public async Task A_wrong_setting_ends_in_one_line_that_names_it(string name, string value, string says)
    {
        await using var dashboard = DashboardProcess.Launch((name, value));

        Assert.Equal(2, await dashboard.ExitAsync());
        Assert.Contains(says, dashboard.Output, StringComparison.Ordinal);
        Assert.Single(dashboard.Output.Trim().Split('\n'));
    }

    [Fact]
    public void Other_machines_are_let_in_only_with_a_login()
    {
        Assert.Null(DashboardOptions.Read(Settings(("ASPNETCORE_URLS", "http://0.0.0.0:1"), ("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "true")), out var problem));
        Assert.Contains("needs a login", problem, StringComparison.Ordinal);
        Assert.NotNull(DashboardOptions.Read(Settings(("ASPNETCORE_URLS", "http://0.0.0.0:1")), out _)!.BrowserToken);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using var first = await DashboardProcess.StartAsync(Token);
        await using var second = DashboardProcess.Launch(("ASPNETCORE_URLS", first.Url.ToString()));

        Assert.Equal(2, await second.ExitAsync());
        Assert.Contains($"{first.Url.Port}", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(static v => KeyValuePair.Create(v.Key, v.Value))).Build();
}
