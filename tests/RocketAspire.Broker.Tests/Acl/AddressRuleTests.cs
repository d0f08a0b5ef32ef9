using System.Net;
using RocketAspire.Broker.Acl;

namespace RocketAspire.Broker.Tests.Acl;

/// <summary>The forms of white addresses in Apache's own tests and documentation.</summary>
public sealed class AddressRuleTests
{
    [Theory]
    [InlineData("*", "1.2.3.4", true)]
    [InlineData("*.*.*.*", "::1", true)]
    [InlineData("*:*:*:*:*:*:*:*", "1.2.3.4", true)]
    [InlineData("", "1.2.3.4", false)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("127.0.0.1,127.0.0.2", "127.0.0.2", true)]
    [InlineData("127.0.0.1,127.0.0.2", "127.0.0.3", false)]
    [InlineData("127.0.0.{1,4}", "127.0.0.4", true)]
    [InlineData("127.0.0.{1,4}", "127.0.0.2", false)]
    [InlineData("192.168.0.*", "192.168.0.255", true)]
    [InlineData("192.168.0.*", "192.168.1.1", false)]
    [InlineData("192.168.*.*", "192.168.77.9", true)]
    [InlineData("10.10.100-103.*", "10.10.103.7", true)]
    [InlineData("10.10.100-103.*", "10.10.104.7", false)]
    [InlineData("10.10.103.5-60", "10.10.103.60", true)]
    [InlineData("10.10.103.5-60", "10.10.103.61", false)]
    [InlineData("1.1-9.3.4", "1.5.200.200", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("1050::0005:0600:300c:3261", "1050:0:0:0:5:600:300C:3261", true)]
    [InlineData("5::7:6:1-200:*", "5::7:6:1a:eeee", true)]
    [InlineData("5::7:6:1-200:*", "5::7:6:201:1", false)]
    [InlineData("2::ac5:78:1-200", "2::ac5:78:200", true)]
    [InlineData("2::ac5:78:1-200", "2::ac5:79:2", false)]
    [InlineData("fe80::1:*", "fe80::1:abcd", true)]
    [InlineData("fe80::1:*", "fe80::2:abcd", false)]
    [InlineData("5::7:6:{1,2}", "5::7:6:2", true)]
    [InlineData("5::7:6:{1,2}", "5::7:6:3", false)]
    [InlineData("192.168.0.*", "::1", false)]
    [InlineData("fe80::1:*", "192.168.0.1", false)]
    public void Addresses_are_matched_as_Apache_does(string rule, string address, bool expected) =>
        Assert.Equal(expected, AddressRule.Parse(rule).Matches(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0")]
    [InlineData("127.0.0.256")]
    [InlineData("127.0.0.01x")]
    [InlineData("host.example.org")]
    [InlineData("127.0.0.1,127.0.0.x")]
    [InlineData("127.0.0.1{1,2}")]
    [InlineData("192.*")]
    [InlineData("192.168.9-1.1")]
    [InlineData("192.168.1-300.1")]
    [InlineData("*.168.0.1")]
    [InlineData("fe80::*:1")]
    [InlineData("fe80::1-2:3")]
    [InlineData("fe80::zz:*")]
    [InlineData("1:2:3:4:5:6:{7,9}")]
    [InlineData("1-2")]
    [InlineData("-")]
    [InlineData(":-")]
    [InlineData("}")]
    [InlineData("{}")]
    public void What_is_no_address_is_told_by_name(string rule) =>
        Assert.Contains(rule, Assert.Throws<AclException>(() => AddressRule.Parse(rule)).Message, StringComparison.Ordinal);
}
