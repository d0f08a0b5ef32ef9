using RocketAspire.Hosting;
using RocketAspire.Hosting.Publishing;
using RocketAspire.Hosting.Topology;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests;

/// <summary>What can't be published is told in one line with exit code 2, and nothing is written.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--publish helm", "--publish: 'helm' is not allowed; allowed: hosts, compose, kubernetes")]
    [InlineData("--publish hosts --hosts 10.0.0.1,10.0.0.2", "--publish hosts: --output-path DIR is missing")]
    [InlineData("--output-path OUT", "--output-path: only --publish writes there")]
    [InlineData("--hosts 10.0.0.1", "--hosts: only --publish hosts takes it")]
    [InlineData("--publish compose --output-path OUT --hosts 10.0.0.1", "--hosts: only --publish hosts takes it")]
    [InlineData("--publish hosts --output-path OUT", "--publish hosts: --hosts is missing; allowed: IPv4 addresses parted by commas")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.0.0.1,10.0.0.2,10.0.0.1", "--hosts: 10.0.0.1 is given twice")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.0.0.1,", "--hosts: '10.0.0.1,' is not allowed; allowed: IPv4 addresses parted by commas")]
    [InlineData("--publish hosts --output-path OUT --hosts mq1,mq2", "--hosts: 'mq1,mq2' is not allowed; allowed: IPv4 addresses parted by commas")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.1,10.0.0.1", "--hosts: '10.1,10.0.0.1' is not allowed; allowed: IPv4 addresses parted by commas")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.0.0.1", "--hosts: 1 given, but broker-a has 2 nodes and needs 2 hosts at least, so that it outlives the loss of one")]
    [InlineData("--topology dledger --publish hosts --output-path OUT --hosts 10.0.0.1,10.0.0.2", "--hosts: 2 given, but broker-a has 3 nodes and needs 3 hosts at least, so that it outlives the loss of one")]
    [InlineData("--topology single --publish hosts --output-path OUT --hosts 10.0.0.1,10.0.0.2", "--hosts: 2 given for 1 brokers and 1 name servers: 10.0.0.2 would get nothing; leave it out")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.0.0.1,10.0.0.2 --data-path x", "--data-path: has no meaning with --publish")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.0.0.1,10.0.0.2 --port-offset auto", "--port-offset auto: which ports are free elsewhere isn't known here; with --publish give a number")]
    [InlineData("--publish hosts --output-path OUT --hosts 10.0.0.1,10.0.0.2 --host 10.0.0.1", "--host: has no meaning with --publish hosts: each node tells its own address")]
    [InlineData("--publish compose --output-path OUT --host 127.0.0.1", "--host: '127.0.0.1' is not allowed; allowed with --publish compose: an address of this machine that containers reach too")]
    public void Settings_that_don_t_go_together_are_told(string args, string line)
    {
        Assert.Equal(line, Published.Refusal(args.Replace("OUT", _folder["out"], StringComparison.Ordinal).Split(' ')));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_that_holds_something_stays_as_it_is()
    {
        File.WriteAllText(_folder["mine"], "x");
        Assert.Equal($"--output-path {_folder.Path}: isn't empty; nothing is overwritten", Refused(_folder.Path));
        Assert.Equal([_folder["mine"]], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_in_the_folders_place_is_told()
    {
        File.WriteAllText(_folder["mine"], "x");
        Assert.Equal($"--output-path {_folder["mine"]}: is a file", Refused(_folder["mine"]));
        Assert.StartsWith($"--output-path {_folder["mine/out"]}: can't be written: ", Refused(_folder["mine/out"]), StringComparison.Ordinal);
        Assert.Equal("x", File.ReadAllText(_folder["mine"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_that_fails_half_way_leaves_nothing(bool exists)
    {
        if (exists) Directory.CreateDirectory(_folder["out"]);
        // The second file needs a folder where the first one lies.
        var error = Assert.Throws<RocketMQSettingException>(() => OutputFolder.Write("out", _folder["out"], [new PublishedFile("a", "1"), new PublishedFile("a/b", "2")]));
        Assert.StartsWith("--output-path out: can't be written: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(exists ? [_folder["out"]] : [], Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void An_empty_folder_is_filled_and_stays_the_same_folder()
    {
        Directory.CreateDirectory(_folder["out"]);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder["out"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        OutputFolder.Write("out", _folder["out"], [new PublishedFile("a/b", "1"), new PublishedFile("c", "2", IsExecutable: true)]);
        Assert.Equal([("a/b", "1"), ("c", "2")], Published.Files(_folder["out"]));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["out"]));
            Assert.True(File.GetUnixFileMode(_folder["out/c"]).HasFlag(UnixFileMode.UserExecute));
        }
    }

    [Fact]
    public void A_plan_that_could_not_work_is_told_before_its_hosts()
    {
        var plan = new ClusterPlan { ClusterName = "c", NameServers = 1, Groups = [new DLedgerGroup("g", 4)] };
        var error = Assert.Throws<RocketMQSettingException>(() => PublishedCluster.Make(new PublishRequest(PublishTarget.Hosts, "x", ["10.0.0.1"], null, 0), plan));
        Assert.StartsWith("dLegerPeers of g: 4 nodes asked for", error.Message, StringComparison.Ordinal);
    }

    private static string Refused(string folder) => Published.Refusal("--publish", "hosts", "--hosts", "10.0.0.1,10.0.0.2", "--output-path", folder);
}
