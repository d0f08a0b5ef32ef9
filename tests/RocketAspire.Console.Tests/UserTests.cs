using System.Security.Claims;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Console.Access;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

public sealed class UserTests
{
    private const string Hash = "AQAAAAIAAzRQAAAAEGragmVctUnWsRxdrQYMAO0SoeT30jLnGLoKpo/gcGsGfmizpIANBU6h0/uR5VdzTg==";

    [Theory]
    [InlineData("", "names nobody")]
    [InlineData("# only a comment", "names nobody")]
    [InlineData("alice:admin", "line 1 has 2 parts")]
    [InlineData("\nalice:owner:" + Hash, "line 2: the role of alice")]
    [InlineData("alice:admin:secret", "no hash")]
    [InlineData("al ice:admin:" + Hash, "a name is")]
    [InlineData("alice:admin:" + Hash + "\nalice:reader:" + Hash, "line 2: alice is there twice")]
    public void A_wrong_file_of_users_is_told_by_its_line_without_what_stands_in_it(string text, string expected)
    {
        var wrong = Assert.Throws<InvalidDataException>(() => UserList.Parse(text));

        Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    [Fact]
    public void A_line_that_was_made_lets_its_user_in_with_his_password_alone()
    {
        var users = UserList.Parse(UserList.Line(UserList.Create("alice", UserRole.Admin, "correct horse")) + "\r\n# a comment\r\n\r\n");

        Assert.Equal(UserRole.Admin, users.Check("alice", "correct horse")?.Role);
        Assert.Null(users.Check("alice", "Correct horse"));
        Assert.Null(users.Check("bob", "correct horse"));
        Assert.NotEqual(UserList.Create("alice", UserRole.Admin, "x").Hash, UserList.Create("alice", UserRole.Admin, "x").Hash);
    }

    [Fact]
    public void Guessing_gets_slower_by_name_and_by_address_and_others_are_let_be()
    {
        var time = new ManualTimeProvider();
        var guard = new LoginGuard(time);
        for (var i = 0; i < LoginGuard.FreeTries; i++)
        {
            Assert.Equal(TimeSpan.Zero, guard.Wait("alice", "10.0.0.1"));
            guard.Failed("alice", "10.0.0.1");
        }

        Assert.Equal(TimeSpan.FromSeconds(30), guard.Wait("alice", "10.0.0.1"));
        Assert.Equal(TimeSpan.Zero, guard.Wait("alice", "10.0.0.2"));
        Assert.Equal(TimeSpan.Zero, guard.Wait("bob", "10.0.0.1"));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(TimeSpan.Zero, guard.Wait("alice", "10.0.0.1"));
        guard.Failed("alice", "10.0.0.1");
        Assert.Equal(TimeSpan.FromSeconds(60), guard.Wait("alice", "10.0.0.1"));
        for (var i = 0; i < LoginGuard.FreeTriesOfAddress; i++) guard.Failed($"name-{i}", "10.0.0.3");
        Assert.True(guard.Wait("somebody", "10.0.0.3") > TimeSpan.Zero);
    }

    [Fact]
    public void Signing_in_rightly_often_is_no_guessing()
    {
        var guard = new LoginGuard(new ManualTimeProvider());
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, guard.Wait("alice", "10.0.0.1"));
            guard.Failed("alice", "10.0.0.1");
            guard.Succeeded("alice", "10.0.0.1");
        }
    }

    [Fact]
    public async Task A_changed_file_counts_at_once_and_one_that_is_half_written_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        var path = folder["users"];
        var alice = UserList.Create("alice", UserRole.Admin, "correct horse");
        await File.WriteAllTextAsync(path, UserList.Line(alice), TestContext.Current.CancellationToken);
        await using var users = UserStore.Open(path, new ManualTimeProvider(), NullLogger.Instance);
        var ended = new EndedSessions();
        var user = new CurrentUser(users, ended);
        Assert.False(user.MayChange);
        user.Set(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, "alice"), new(CurrentUser.StampClaim, alice.Stamp), new(CurrentUser.SessionClaim, "1")], "test")));
        Assert.True(user is { IsKnown: true, MayChange: true });

        Rewrite(UserList.Line(alice with { Role = UserRole.Reader }));
        Assert.True(user is { IsKnown: true, MayChange: false });
        Rewrite(UserList.Line(alice with { Role = UserRole.Reader })[..20]);
        Assert.True(user.IsKnown);
        Rewrite(UserList.Line(alice));
        Assert.True(user.MayChange);
        Rewrite(UserList.Line(UserList.Create("alice", UserRole.Admin, "another password")));
        Assert.False(user.IsKnown);
        Rewrite(UserList.Line(alice));
        ended.Add("1");
        Assert.True(user is { IsKnown: false, MayChange: false });

        void Rewrite(string text)
        {
            File.WriteAllText(path, text);
            // Two writes within a tick of the file system's clock look alike when they are as long.
            File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(Random.Shared.Next(1, 1000)));
            users.Look();
        }
    }

    [Theory]
    [InlineData("/topics?x=1", "/topics?x=1")]
    [InlineData("//evil.example/", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/login?problem=out", "/")]
    [InlineData("/a\r\nSet-Cookie: x", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void After_signing_in_nobody_is_sent_to_another_site(string? asked, string expected) => Assert.Equal(expected, LoginEndpoints.SafePath(asked));

    [Theory]
    [InlineData("http://127.0.0.1:8082", null, null)]
    [InlineData("http://localhost:8082", null, null)]
    [InlineData("http://0.0.0.0:8082", null, "there is no login")]
    [InlineData("http://*:8082", null, "there is no login")]
    [InlineData("http://10.0.0.1:8082", "users", "in clear")]
    public void Who_opens_the_console_to_other_machines_is_warned(string url, string? auth, string? expected)
    {
        string[] args = auth is null ? ["--urls", url] : ["--urls", url, "--auth", auth];
        var options = ConsoleOptions.Read(new ConfigurationBuilder().AddCommandLine(args).Build(), out var problem);

        Assert.Null(problem);
        if (expected is null) Assert.Null(options!.Warning);
        else Assert.Contains(expected, options!.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_that_hashes_says_how_it_is_written()
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        Assert.Equal(2, PasswordCommand.Run(["alice", "owner"], new StringReader("correct horse"), output, error));
        Assert.Equal(2, PasswordCommand.Run([], new StringReader("correct horse"), output, error));
        Assert.Equal(2, PasswordCommand.Run(["al:ice"], new StringReader("correct horse"), output, error));
        Assert.Equal("", output.ToString());
        Assert.Contains("NAME admin|reader", error.ToString(), StringComparison.Ordinal);
    }
}
