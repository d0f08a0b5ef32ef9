using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Bench.Tests;

public sealed class ArgumentTests
{
    [Fact]
    public void All_arguments_are_read_in_both_spellings()
    {
        var options = BenchArguments.Parse([
            "--namesrv", "127.0.0.1:1;127.0.0.1:2", "--topic=T", "--queues", "3", "--size", "100", "--senders", "5", "--seconds=7", "--mode", "async",
            "--in-flight", "9", "--rate", "50", "--consume", "--timeout", "250", "--headers", "json", "--warmup", "1", "--json", "out.json"]);

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], options.NameServers);
        Assert.Equal(
            new BenchOptions
            {
                NameServers = options.NameServers,
                Topic = "T",
                Queues = 3,
                Size = 100,
                Senders = 5,
                Seconds = 7,
                Mode = SendMode.Async,
                InFlight = 9,
                Rate = 50,
                Consume = true,
                Timeout = TimeSpan.FromMilliseconds(250),
                Headers = SerializeType.Json,
                Warmup = 1,
                JsonFile = "out.json",
            },
            options);
        Assert.Equal(45, options.Lanes);
    }

    [Theory]
    [InlineData("--sise 3", "unknown argument '--sise'")]
    [InlineData("--size", "--size needs a value")]
    [InlineData("--size 0", "--size '0': it must be a number from 1 to 4194304")]
    [InlineData("--senders -1", "--senders '-1': it must be a number")]
    [InlineData("--mode batch", "--mode 'batch': it must be sync, async or oneway")]
    [InlineData("--headers xml", "--headers 'xml': it must be rocketmq or json")]
    [InlineData("--namesrv nowhere", "--namesrv: name server 'nowhere': the port is missing")]
    [InlineData("--topic a/b", "--topic: ")]
    [InlineData("--consume=yes", "--consume takes no value")]
    [InlineData("--consume --size 8", "--size 8: with --consume a body needs at least 24 bytes")]
    public async Task A_wrong_argument_is_one_line_and_exit_code_2(string line, string reason)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        Assert.Equal(2, await BenchCommand.RunAsync(line.Split(' '), output, errors));

        var said = Assert.Single(errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("RocketAspire.Bench: " + reason, said, StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }
}
