namespace RocketAspire.Client.Tests;

public sealed class NameServerListTests
{
    [Theory]
    [InlineData("127.0.0.1:9876", "127.0.0.1:9876")]
    [InlineData(" 127.0.0.1:9876 ; 127.0.0.1:9877; ", "127.0.0.1:9876|127.0.0.1:9877")]
    [InlineData("a:1,b:2;a:1", "a:1|b:2")]
    [InlineData("[::1]:9876;mq.example:65535", "[::1]:9876|mq.example:65535")]
    public void Addresses_are_read(string text, string expected)
    {
        Assert.Equal(expected, string.Join('|', NameServerList.Parse(text)));
    }

    [Theory]
    [InlineData(null, "the connection string names no name server")]
    [InlineData(" ; ", "the connection string names no name server")]
    [InlineData("127.0.0.1", "name server '127.0.0.1': the port is missing")]
    [InlineData("127.0.0.1:9876;:1", "name server ':1': the host is missing")]
    [InlineData("127.0.0.1:0", "name server '127.0.0.1:0': '0' is no port (1 to 65535)")]
    [InlineData("127.0.0.1:99999", "name server '127.0.0.1:99999': '99999' is no port (1 to 65535)")]
    [InlineData("127.0.0.1:+1", "name server '127.0.0.1:+1': '+1' is no port (1 to 65535)")]
    [InlineData("127.0.0.1:port", "name server '127.0.0.1:port': 'port' is no port (1 to 65535)")]
    [InlineData("http://mq:9876", "name server 'http://mq:9876': an address has no scheme")]
    [InlineData("Endpoint=mq:9876", "name server 'Endpoint=mq:9876': the host is not an address")]
    [InlineData("::1:9876", "name server '::1:9876': an IPv6 address needs brackets, as [::1]:9876")]
    public void What_is_wrong_is_told_in_one_line_with_what_is_right(string? text, string start)
    {
        var e = Assert.Throws<FormatException>(() => NameServerList.Parse(text));

        Assert.StartsWith(start, e.Message);
        Assert.EndsWith("; write addresses as 127.0.0.1:9876;127.0.0.1:9877", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void A_connection_string_becomes_a_connection()
    {
        Assert.Equal(["127.0.0.1:9876", "127.0.0.1:9877"], RocketMQConnection.Create("127.0.0.1:9876;127.0.0.1:9877").NameServers);
        Assert.Throws<ArgumentException>(() => new RocketMQConnection(new() { NameServers = [] }));
    }
}
