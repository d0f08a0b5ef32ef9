using System.Net;
using System.Text.RegularExpressions;
using RocketAspire.Console.Access;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>Signing in over HTTP, as a browser and as somebody who is none.</summary>
public sealed partial class LoginTests
{
    private const string Password = "correct horse";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_told_to_who_is_not_signed_in()
    {
        using var folder = new TemporaryFolder();
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1", "--auth", await UsersAsync(folder));
        using var browser = new Visitor(console.Url);

        var page = await browser.GetAsync("/topics/orders?x=1");
        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
        Assert.Equal("/login?returnUrl=%2Ftopics%2Forders%3Fx%3D1", page.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.Found, (await browser.GetAsync("/nothing-here")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.PostAsync("/_blazor/negotiate?negotiateVersion=1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/_framework/blazor.web.js")).StatusCode);
        var login = await browser.TextAsync("/login");
        Assert.Contains("Sign in", login, StringComparison.Ordinal);
        Assert.Contains("登录", await browser.TextAsync("/login", ("Accept-Language", "zh-CN")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_signs_in_comes_where_he_wanted_to_be_and_signs_out_for_good()
    {
        using var folder = new TemporaryFolder();
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1", "--auth", await UsersAsync(folder));
        using var browser = new Visitor(console.Url);

        var wrong = await browser.SignInAsync("alice", "wrong");
        Assert.StartsWith("/login?problem=wrong", wrong.Headers.Location?.OriginalString, StringComparison.Ordinal);
        var answer = await browser.SignInAsync("alice", Password, "/dashboard");
        Assert.Equal("/dashboard", answer.Headers.Location?.OriginalString);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(static c => c.StartsWith("rocketaspire-session", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        var page = await browser.TextAsync("/");
        Assert.Contains("Sign out", page, StringComparison.Ordinal);

        using var copy = new Visitor(console.Url);
        var kept = cookie.Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, (await copy.GetAsync("/", ("Cookie", kept))).StatusCode);
        var forged = await browser.PostAsync(LoginEndpoints.SignOutPath);
        Assert.Equal("/", forged.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        await browser.PostAsync(LoginEndpoints.SignOutPath, ("__RequestVerificationToken", Token(page)));
        Assert.Equal(HttpStatusCode.Found, (await browser.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await copy.GetAsync("/", ("Cookie", kept))).StatusCode);
    }

    [Fact]
    public async Task A_form_without_its_token_and_one_of_another_site_sign_nobody_in()
    {
        using var folder = new TemporaryFolder();
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1", "--auth", await UsersAsync(folder));
        using var browser = new Visitor(console.Url);

        var forged = await browser.PostAsync(LoginEndpoints.SignInPath, ("name", "alice"), ("password", Password));
        Assert.Equal("/login?problem=expired", forged.Headers.Location?.OriginalString);
        Assert.Contains("Sign in again", await browser.TextAsync("/login?problem=expired"), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(console.Url, LoginEndpoints.SignInPath));
        request.Headers.Add("Origin", "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await console.Http.SendAsync(request, Ct)).StatusCode);
        var elsewhere = await browser.SignInAsync("alice", Password, "//evil.example/");
        Assert.Equal("/", elsewhere.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Who_guesses_has_to_wait_even_with_the_right_password()
    {
        using var folder = new TemporaryFolder();
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1", "--auth", await UsersAsync(folder));
        using var browser = new Visitor(console.Url);
        for (var i = 0; i < LoginGuard.FreeTries; i++) Assert.Contains("problem=wrong", (await browser.SignInAsync("alice", $"guess-{i}")).Headers.Location?.OriginalString, StringComparison.Ordinal);

        var refused = await browser.SignInAsync("alice", Password);
        Assert.Contains("problem=wait", refused.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.Contains("Too many wrong passwords", await browser.TextAsync(refused.Headers.Location!.OriginalString), StringComparison.Ordinal);
        Assert.Equal("/", (await browser.SignInAsync("bob", Password)).Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_reader_is_offered_no_change_and_a_removed_user_is_out()
    {
        using var folder = new TemporaryFolder();
        var path = await UsersAsync(folder);
        await using var console = await ConsoleProcess.StartAsync("127.0.0.1:1", "--auth", path);
        using var reader = new Visitor(console.Url);
        using var admin = new Visitor(console.Url);
        await reader.SignInAsync("bob", Password);
        await admin.SignInAsync("alice", Password);

        Assert.DoesNotContain("Create topic", await reader.TextAsync("/topics"), StringComparison.Ordinal);
        Assert.Contains("read-only", await reader.TextAsync("/topics"), StringComparison.Ordinal);
        Assert.Contains("Create topic", await admin.TextAsync("/topics"), StringComparison.Ordinal);
        var lines = (await File.ReadAllLinesAsync(path, Ct)).Where(static line => line.StartsWith("alice", StringComparison.Ordinal)).Select(static line => line.Replace(":admin:", ":reader:", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(path, lines, Ct);
        await Eventually.TrueAsync("a removed user is sent to the login", async () => (await reader.GetAsync("/topics")).StatusCode == HttpStatusCode.Found);
        Assert.DoesNotContain("Create topic", await admin.TextAsync("/topics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Could not find file")]
    [InlineData("alice:admin:plain", "no hash")]
    public async Task A_missing_or_wrong_file_of_users_ends_the_program_with_code_2(string? content, string expected)
    {
        using var folder = new TemporaryFolder();
        if (content is not null) await File.WriteAllTextAsync(folder["users"], content, Ct);

        var (code, error) = await ConsoleProcess.RunAsync("--auth", folder["users"], "--urls", "http://127.0.0.1:0");

        Assert.Equal(2, code);
        Assert.StartsWith("--auth: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>alice may change things, bob may look.</summary>
    internal static async Task<string> UsersAsync(TemporaryFolder folder)
    {
        await File.WriteAllLinesAsync(folder["users"], [UserList.Line(UserList.Create("alice", UserRole.Admin, Password)), UserList.Line(UserList.Create("bob", UserRole.Reader, Password))], Ct);
        return folder["users"];
    }

    private static string Token(string page) => TokenField().Match(page).Groups[1].Value;

    [GeneratedRegex("""name="__RequestVerificationToken" value="([^"]+)""")]
    private static partial Regex TokenField();

    /// <summary>A browser without scripts: it keeps cookies and follows no redirect by itself.</summary>
    private sealed class Visitor(Uri url) : IDisposable
    {
        private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };

        public async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Accept", "text/html");
            foreach (var (name, value) in headers) request.Headers.Add(name, value);
            return await _http.SendAsync(request, Ct);
        }

        public async Task<string> TextAsync(string path, params (string Name, string Value)[] headers) => WebUtility.HtmlDecode(await (await GetAsync(path, headers)).Content.ReadAsStringAsync(Ct));

        public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
        {
            using var form = new FormUrlEncodedContent(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value)));
            return await _http.PostAsync(path, form, Ct);
        }

        public async Task<HttpResponseMessage> SignInAsync(string name, string password, string returnUrl = "/") =>
            await PostAsync(LoginEndpoints.SignInPath, ("__RequestVerificationToken", Token(await TextAsync("/login"))), ("name", name), ("password", password), ("returnUrl", returnUrl));

        public void Dispose() => _http.Dispose();
    }
}
