using System.Text;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Tests.Remoting;

public sealed class HeaderTests
{
    [Fact]
    public void A_JSON_header_is_written_as_fastjson_writes_it()
    {
        var command = new RemotingCommand { Code = 105, Language = LanguageCode.Java, Version = 409, Opaque = 3, ExtFields = new() { { "topic", "T\"\u0001é" } } };

        var bytes = Bytes.Encode(command);

        const string Header = """{"code":105,"extFields":{"topic":"T\"\u0001é"},"flag":0,"language":"JAVA","opaque":3,"serializeTypeCurrentRPC":"JSON","version":409}""";
        Assert.Equal(Bytes.Frame(0, Encoding.UTF8.GetBytes(Header)), bytes);
    }

    [Fact]
    public void What_is_empty_is_left_out_of_a_JSON_header()
    {
        var response = new RemotingCommand { Code = 0, Opaque = 3, Flag = 1, Version = 409, Remark = "why" };
        var plain = new RemotingCommand { Code = 0, Opaque = 3, Flag = 1, Version = 409 };

        Assert.Equal("""{"code":0,"flag":1,"language":"DOTNET","opaque":3,"remark":"why","serializeTypeCurrentRPC":"JSON","version":409}""", Encoding.UTF8.GetString(Bytes.Encode(response).AsSpan(8)));
        Assert.Equal("""{"code":0,"flag":1,"language":"DOTNET","opaque":3,"serializeTypeCurrentRPC":"JSON","version":409}""", Encoding.UTF8.GetString(Bytes.Encode(plain).AsSpan(8)));
    }

    [Fact]
    public void A_binary_header_has_the_frozen_bytes()
    {
        var command = new RemotingCommand
        {
            Code = 310,
            Language = LanguageCode.Dotnet,
            Version = 409,
            Opaque = 0x01020304,
            Flag = 2,
            Remark = "no",
            ExtFields = new() { { "b", "T" } },
            SerializeType = SerializeType.RocketMQ,
            Body = new byte[] { 0xAA },
        };

        Assert.Equal(
            "00000024" + "0100001F"
            + "0136" + "02" + "0199" + "01020304" + "00000002"
            + "00000002" + "6E6F"
            + "00000008" + "0001" + "62" + "00000001" + "54"
            + "AA",
            Convert.ToHexString(Bytes.Encode(command)));
        Assert.Equal("b=T", Bytes.Decode(Bytes.Encode(command)).ExtFields.ToString());
    }

    [Fact]
    public void Codes_that_sixteen_bits_cannot_hold_go_as_JSON()
    {
        var bytes = Bytes.Encode(new() { Code = RequestCode.PopMessage, SerializeType = SerializeType.RocketMQ });

        Assert.Equal(0, bytes[4]);
        Assert.Equal(RequestCode.PopMessage, Bytes.Decode(bytes).Code);
    }

    [Fact]
    public void What_foreign_clients_write_is_read()
    {
        const string Header = """
            { "extFields" : {"queueId":3,"unitMode":false,"batch":true,"ratio":1.50,"none":null,"nested":{"a":[1]},"text":"x\u0041"},
              "unknown":{"deep":[1,2,{"x":null}]}, "language":"SCRATCH", "code":"310", "opaque":"12", "version":null, "flag":0, "remark":null,
              "serializeTypeCurrentRPC":"JSON", /* said a client */ }
            """;

        var command = Bytes.Decode(Bytes.Frame(0, Encoding.UTF8.GetBytes(Header)));

        Assert.Equal((310, 12, 0, LanguageCode.Other, null), (command.Code, command.Opaque, command.Version, command.Language, command.Remark));
        Assert.Equal("queueId=3,unitMode=false,batch=true,ratio=1.50,nested={\"a\":[1]},text=xA", command.ExtFields.ToString());
    }

    [Theory]
    [InlineData("{}", 0, 0)]
    [InlineData("""{"opaque":4294967297,"code":1}""", 1, 1)]
    [InlineData("""{"opaque":-5,"code":7.0}""", 7, -5)]
    [InlineData("""{"code":1,"extFields":null,"opaque":2}""", 1, 2)]
    public void Fields_may_be_missing_null_or_wide(string header, int code, int opaque)
    {
        var command = Bytes.Decode(Bytes.Frame(0, Encoding.UTF8.GetBytes(header)));

        Assert.Equal((code, opaque, 0), (command.Code, command.Opaque, command.ExtFields.Count));
    }

    [Theory]
    [InlineData("\"JAVA\"", LanguageCode.Java)]
    [InlineData("\"dotnet\"", LanguageCode.Dotnet)]
    [InlineData("\"RUST\"", LanguageCode.Rust)]
    [InlineData("\"NODE_JS\"", LanguageCode.NodeJs)]
    [InlineData("\"KLINGON\"", LanguageCode.Other)]
    [InlineData("2", LanguageCode.Dotnet)]
    [InlineData("200", LanguageCode.Other)]
    [InlineData("-1", LanguageCode.Other)]
    [InlineData("null", LanguageCode.Other)]
    [InlineData("{\"a\":1}", LanguageCode.Other)]
    public void Languages_are_known_or_other(string json, LanguageCode language)
    {
        Assert.Equal(language, Bytes.Decode(Bytes.Frame(0, Encoding.UTF8.GetBytes($$"""{"language":{{json}},"code":1}"""))).Language);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("topic")]
    [InlineData("suspendTimeoutMillis")]
    [InlineData("acceptStandardJsonOnly")]
    public void Known_keys_are_always_the_same_string(string key)
    {
        var json = Bytes.Frame(0, Encoding.UTF8.GetBytes($$$"""{"extFields":{"{{{key}}}":"1"}}"""));
        var binary = Bytes.Encode(new() { ExtFields = new() { { key, "1" } }, SerializeType = SerializeType.RocketMQ });

        var first = Bytes.Decode(json).ExtFields.AsSpan()[0].Key;
        var second = Bytes.Decode(binary).ExtFields.AsSpan()[0].Key;

        Assert.Equal(key, first);
        Assert.Same(first, second);
    }

    [Theory]
    [InlineData("0001 02 0199 00000007 00000000 7FFFFFFF 00000000", "remark of 2147483647 bytes")]
    [InlineData("0001 02 0199 00000007 00000000 FFFFFFFF 00000000", "remark of -1 bytes")]
    [InlineData("0001 02 0199 00000007 00000000 00000000 00000009", "extFields of 9 bytes")]
    [InlineData("0001 02 0199 00000007 00000000 00000000 00000003 000561", "a key of 5 bytes")]
    [InlineData("0001 02 0199 00000007 00000000 00000000 00000003 FFFF61", "a key of -1 bytes")]
    [InlineData("0001 02 0199 00000007 00000000 00000000 00000007 000161 00000009", "a value of 9 bytes")]
    public void Lengths_inside_a_binary_header_are_checked(string hex, string reason)
    {
        var e = Assert.Throws<RemotingHeaderException>(() => Bytes.Decode(Bytes.Frame(1, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)))));

        Assert.StartsWith(reason, e.Message);
        Assert.Equal((7, SerializeType.RocketMQ), (e.Opaque, e.SerializeType));
    }

    [Fact]
    public void A_header_with_thousands_of_fields_is_refused()
    {
        var many = string.Join(',', Enumerable.Range(0, 5_000).Select(static i => $"\"f{i}\":\"1\""));

        Assert.Throws<RemotingHeaderException>(() => Bytes.Decode(Bytes.Frame(0, Encoding.ASCII.GetBytes("{\"extFields\":{" + many + "}}"))));
    }
}
