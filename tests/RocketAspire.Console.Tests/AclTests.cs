using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;
using RocketAspire.Client;
using RocketAspire.Client.Tests;
using RocketAspire.Console.Cluster;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>Clusters that ask for an account.</summary>
public sealed class AclTests
{
    private static readonly AclCredentials Owner = new("cluster-owner", "owner's own secret");
    private static readonly AclCredentials User = new("plain-user", "user's own secret");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_an_account_or_with_a_wrong_one_each_page_says_which_and_what_to_do()
    {
        using var home = new TemporaryFolder();
        await using var cluster = await StartAsync(home);
        foreach (var (args, expected) in ((string[], string)[])[
            ([], "brokers ask for an account, and this console has none"),
            (["--access-key", "somebody-else", "--secret-key", "1234567890"], "brokers don't know the account <span class=\"mono\">somebody-else"),
            (["--access-key", Owner.AccessKey, "--secret-key", "not the secret"], "the secret key is wrong of account <span class=\"mono\">" + Owner.AccessKey)])
        {
            await using var console = await ConsoleProcess.StartAsync(cluster.NameServers, args);
            var page = "";
            await Eventually.TrueAsync($"the page says: {expected}", async () => (page = WebUtility.HtmlDecode(await console.Http.GetStringAsync("/", Ct))).Replace("</b> · ", "", StringComparison.Ordinal).Contains(expected.Split(" <")[0], StringComparison.Ordinal));
            Assert.Contains("data-health=\"Refusing\"", page, StringComparison.Ordinal);
            if (expected.Contains('>', StringComparison.Ordinal)) Assert.Contains(expected.Split('>')[1], page, StringComparison.Ordinal);
            Assert.DoesNotContain("not the secret", page, StringComparison.Ordinal);
            Assert.Contains("broker refuses this console:", WebUtility.HtmlDecode(await console.Http.GetStringAsync("/ops", Ct)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_account_in_a_file_opens_the_cluster_and_no_page_tells_a_secret()
    {
        using var home = new TemporaryFolder();
        await using var cluster = await StartAsync(home);
        await File.WriteAllTextAsync(home["tools.yml"], $"accessKey: {Owner.AccessKey}\nsecretKey: {Owner.SecretKey}\n", Ct);
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers, "--account", home["tools.yml"]);

        await Eventually.TrueAsync("the broker is up for its owner", async () => (await console.Http.GetStringAsync("/", Ct)).Contains("data-health=\"Up\"", StringComparison.Ordinal));
        foreach (var path in (string[])["/", "/acl", "/ops", $"/?node={cluster.Address()}"])
        {
            var page = WebUtility.HtmlDecode(await console.Http.GetStringAsync(path, Ct));
            Assert.DoesNotContain(Owner.SecretKey, page, StringComparison.Ordinal);
            Assert.DoesNotContain(User.SecretKey, page, StringComparison.Ordinal);
        }

        Assert.Contains(User.AccessKey, await console.Http.GetStringAsync("/acl", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_without_rules_says_so()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers);

        await Eventually.TrueAsync("the page says that access control is off", async () => (await console.Http.GetStringAsync("/acl", Ct)).Contains("Access control is off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_a_browser_an_account_is_given_tested_and_used_and_another_one_made_and_deleted()
    {
        using var home = new TemporaryFolder();
        await using var cluster = await StartAsync(home);
        await using var console = await ConsoleProcess.StartAsync(cluster.NameServers);
        await using var browsing = await Browsing.StartAsync(console);
        var page = await browsing.WindowAsync();
        await Browsing.OpenAsync(page, "/ops");
        await Assertions.Expect(page.Locator("#refused")).ToContainTextAsync("this console has none");
        await Browsing.PictureAsync(page, "refused-1280");

        await ChooseAsync(page, Owner.AccessKey, "not the secret");
        await Assertions.Expect(page.Locator("#ops-problem")).ToContainTextAsync("the secret key is wrong of account " + Owner.AccessKey);
        await ChooseAsync(page, Owner.AccessKey, Owner.SecretKey);
        await Assertions.Expect(page.Locator("#ops-account")).ToHaveTextAsync(Owner.AccessKey);
        await Assertions.Expect(page.Locator("#refused")).ToHaveCountAsync(0);

        await Browsing.OpenAsync(page, "/acl");
        await page.Locator("#create-account").ClickAsync();
        await page.Locator("#acl-name").FillAsync("brand-new");
        await page.Locator("#acl-secret").FillAsync("its new secret");
        await page.Locator("#acl-topics").FillAsync("orders=PUB|SUB\nledger=DENY");
        await Browsing.PictureAsync(page, "acl-form-1280", whole: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync(["brand-new", ""]);
        await Assertions.Expect(page.Locator("tbody").First).ToContainTextAsync("ledger=DENY");
        await Browsing.PictureAsync(page, "acl-1280");
        Assert.Contains("brand-new", await File.ReadAllTextAsync(home["conf/plain_acl.yml"], Ct), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete brand-new" }).ClickAsync();
        await page.Locator(".mud-dialog input").FillAsync("brand-new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Do it" }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody").First).Not.ToContainTextAsync("brand-new");
        Assert.DoesNotContain("its new secret", await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Empty(browsing.Errors);
    }

    [Theory]
    [InlineData("No acl config for rocketmq2", "brokers don't know the account rocketmq2")]
    [InlineData("org.apache.rocketmq.acl.common.AclException: Check signature failed for accessKey=rocketmq2", "the secret key is wrong of account rocketmq2")]
    [InlineData("Need admin permission for request code=17, but accessKey=user1 is not", "only an admin may do this, which is not account user1")]
    [InlineData("org.apache.rocketmq.acl.common.AclException: No default permission for topic:orders", "the account has no permission for topic:orders")]
    [InlineData("User:alice is not found.", "brokers don't know the account alice")]
    [InlineData("check signature failed.", "the secret key is wrong of account")]
    [InlineData("the broker is busy", null)]
    public void Refusals_of_all_releases_are_understood(string remark, string? expected) => Assert.Equal(expected, AclRefusal.Of(remark)?.Text.TrimEnd());

    [Theory]
    [InlineData("--access-key", "only-one", "--secret-key")]
    [InlineData("--account", "/nowhere/tools.yml", "--account")]
    [InlineData("--tls", "perhaps", "--tls")]
    [InlineData("--vip", "perhaps", "--vip")]
    public void A_wrong_way_to_the_cluster_is_told_in_one_line(string name, string value, string expected)
    {
        Assert.Null(ConsoleOptions.Read(new ConfigurationBuilder().AddCommandLine([name, value]).Build(), out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_logged_of_the_way_to_the_cluster_has_no_secret() =>
        Assert.Equal("127.0.0.1:9876, with TLS, by the VIP port, as cluster-owner", new ClusterTarget(["127.0.0.1:9876"], Owner, Tls: true, VipChannel: true).ToString());

    private static async Task<EmbeddedCluster> StartAsync(TemporaryFolder home)
    {
        Directory.CreateDirectory(home["conf"]);
        var rules = $"accounts:\n- accessKey: {Owner.AccessKey}\n  secretKey: {Owner.SecretKey}\n  admin: true\n- accessKey: {User.AccessKey}\n  secretKey: {User.SecretKey}\n  defaultTopicPerm: PUB\n  topicPerms:\n  - orders=PUB|SUB\n";
        await File.WriteAllTextAsync(home["conf/plain_acl.yml"], rules, Ct);
        return await EmbeddedCluster.StartWithAsync($"aclEnable=true\nrocketmqHome={home.Path}");
    }

    private static async Task ChooseAsync(IPage page, string name, string secret)
    {
        await page.Locator("#ops-account-change").ClickAsync();
        await page.Locator("#account-name").FillAsync(name);
        await page.Locator("#account-secret").FillAsync(secret);
        await page.GetByRole(AriaRole.Button, new() { Name = "Test and use", Exact = true }).ClickAsync();
    }
}
