using RocketAspire.Protocol.Config;

namespace RocketAspire.Protocol.Tests.Config;

public sealed class PropertiesFileTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b", "a", "b")]
    [InlineData("  a \t = \f b c", "a", "b c")]
    [InlineData("a=b ", "a", "b ")]
    [InlineData("a", "a", "")]
    [InlineData("a=", "a", "")]
    [InlineData("a==b", "a", "=b")]
    [InlineData("a\\=b=c", "a=b", "c")]
    [InlineData("a\\ b = c", "a b", "c")]
    [InlineData("a=\\u0041\\t\\\\x", "a", "A\t\\x")]
    [InlineData("a=1,\\\n   2", "a", "1,2")]
    [InlineData("a=x\\\\", "a", "x\\")]
    [InlineData("a=\\u00", "a", "u00")]
    public void A_pair_is_read_as_Java_reads_it(string text, string key, string value)
    {
        var line = Assert.Single(PropertiesFile.Parse(text).Lines);
        Assert.Equal((key, value), (line.Key, line.Value));
    }

    [Fact]
    public void Comments_and_empty_lines_count_but_are_not_pairs()
    {
        var file = PropertiesFile.Parse("# one\n\n! two\r\na=1\n  # three\nb=2\\\n\\\n3\nc=4");
        Assert.Equal([new PropertyLine(4, "a", "1"), new PropertyLine(6, "b", "23"), new PropertyLine(9, "c", "4")], file.Lines);
    }

    [Fact]
    public void The_last_of_two_equal_keys_wins_and_both_are_kept()
    {
        var file = PropertiesFile.Parse("a=1\na=2");
        Assert.Equal("2", file.Get("a"));
        Assert.Equal(2, file.Lines.Count);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        KeyValuePair<string, string>[] pairs = [new("a b", " x=y "), new("k:ü", "日本\t\n\\"), new("#c", "!d"), new("e", "")];
        var text = PropertiesFile.Write(pairs);
        Assert.All(text, c => Assert.InRange(c, '\n', '~'));
        Assert.Equal(pairs, PropertiesFile.Parse(text).Lines.Select(l => new KeyValuePair<string, string>(l.Key, l.Value)));
        Assert.Equal(text, PropertiesFile.Parse(text).Write());
    }

    [Fact]
    public void Bytes_are_read_one_a_character() =>
        Assert.Equal("\u00e9", PropertiesFile.Parse([(byte)'a', (byte)'=', 0xe9]).Get("a"));
}
