using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

public sealed class FastJsonTests
{
    [Theory]
    [InlineData("{0:\"a\",1:\"b\"}", "0=a 1=b")]
    [InlineData("{\"0\":\"a\" , '1' : 'b',}", "0=a 1=b")]
    [InlineData("{name:1,other:true}", "name=1 other=true")]
    [InlineData("{{\"queueId\":0}:5,{\"queueId\":1}:6}", "{\"queueId\":0}=5 {\"queueId\":1}=6")]
    [InlineData("{\"n\":null}", "n=")]
    [InlineData("{}", "")]
    public void Keys_may_be_quoted_bare_or_objects(string json, string expected)
    {
        var pairs = new List<string>();
        foreach (var (key, value) in Parse(json).Properties) pairs.Add($"{key.AsString()}={value.AsString()}");

        Assert.Equal(expected, string.Join(' ', pairs));
    }

    [Fact]
    public void Values_are_read_as_what_is_asked_for()
    {
        var json = Parse("""{"i":12,"s":"34","big":9223372036854775807,"d":1.5e3,"t":true,"ts":"true","one":1,"u":"\u00e9\n\"\/\\","array":[1,"x",null,[2]],"map":{"a":"b"},"nothing":null}""");

        Assert.Equal((12, 34, 12L), (json["i"].AsInt32(), json["s"].AsInt32(), json["i"].AsInt64()));
        Assert.Equal((long.MaxValue, -7), (json["big"].AsInt64(), json["big"].AsInt32(-7)));
        Assert.Equal((1500d, 1500L), (json["d"].AsDouble(), json["d"].AsInt64()));
        Assert.True(json["t"].AsBoolean() && json["ts"].AsBoolean() && json["one"].AsBoolean() && json["missing"].AsBoolean(true));
        Assert.Equal("é\n\"/\\", json["u"].AsString());
        Assert.Equal(["1", "x", "[2]"], json["array"].AsStrings());
        Assert.Equal("b", json["map"].AsStringMap()["a"]);
        Assert.True(json["nothing"].IsAbsent && json["missing"].IsAbsent && json["i"]["deeper"].IsAbsent);
        Assert.Equal((5, null), (json["missing"].AsInt32(5), json["missing"].AsString()));
        Assert.Equal("12", Encoding.UTF8.GetString(json["i"].RawBytes));
    }

    [Fact]
    public void An_element_finds_its_names_with_escapes_and_beyond_ASCII()
    {
        var json = Parse("""{"\u0061b":1,"é":2}""");

        Assert.Equal((1, 2, 0), (json["ab"].AsInt32(), json["é"].AsInt32(), json["e"].AsInt32()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1 \"b\":2}")]
    [InlineData("[1 2]")]
    [InlineData("\"open")]
    [InlineData("\"open\\")]
    [InlineData("{} {}")]
    [InlineData("<html>")]
    public void Other_text_is_refused_with_the_place(string json)
    {
        Assert.StartsWith("not JSON at byte ", Assert.Throws<FastJsonException>(() => Parse(json)).Message);
    }

    [Fact]
    public void Depth_is_limited()
    {
        Parse(new string('[', FastJson.MaxDepth) + new string(']', FastJson.MaxDepth));

        Assert.Throws<FastJsonException>(() => Parse(new string('[', 100_000)));
    }

    [Fact]
    public void Every_cut_of_a_text_is_refused_and_never_worse()
    {
        var bytes = Encoding.UTF8.GetBytes("""{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911"},"x":'y\'z'}],{"a":1}:[true,false,null,-1.5]}""");

        for (var length = 0; length < bytes.Length; length++) Assert.Throws<FastJsonException>(() => FastJson.Parse(bytes.AsSpan(0, length)));
        Assert.Equal(FastJsonKind.Object, FastJson.Parse(bytes).Kind);
    }

    [Fact]
    public void Hostile_text_is_parsed_or_refused()
    {
        const int Seed = 99;
        var random = new Random(Seed);
        const string Alphabet = "{}[]:,\"'\\0a.-e \n\u00e9tru";
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            try
            {
                Walk(Parse(text), 0);
            }
            catch (FastJsonException)
            {
                // What it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, text {i} {text}: {e}");
            }
        }
    }

    [Theory]
    [InlineData(false, """{"a":"x\"\\\n\u0001é","b":-5,3:"c",{"q":0}:true,"d":[1,null,false,1.5],"e":{},"f":[]}""")]
    [InlineData(true, """{"a":"x\"\\\n\u0001é","b":-5,"3":"c","{\"q\":0}":true,"d":[1,null,false,1.5],"e":{},"f":[]}""")]
    public void The_writer_quotes_keys_or_leaves_them_bare(bool quoteKeys, string expected)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Property("a", "x\"\\\n\u0001é");
        json.Property("none", (string?)null);
        json.Property("b", -5);
        json.Key(3);
        json.Value("c");
        json.ObjectKey("{\"q\":0}"u8);
        json.Value(true);
        json.Key("d");
        json.StartArray();
        json.Value(1);
        json.Null();
        json.Value(false);
        json.Value(1.5);
        json.EndArray();
        json.Key("e");
        json.StartObject();
        json.EndObject();
        json.Property("f", []);
        json.EndObject();

        Assert.Equal(expected, json.ToString());
        Assert.Equal(FastJsonKind.Object, Parse(json.ToString()).Kind);
    }

    private static void Walk(FastJsonElement element, int depth)
    {
        _ = (element.AsString(), element.AsInt64(), element.AsBoolean(), element.AsDouble(), element["a"].Kind);
        foreach (var (key, value) in element.Properties)
        {
            Walk(key, depth + 1);
            Walk(value, depth + 1);
        }

        foreach (var item in element.Items) Walk(item, depth + 1);
    }

    private static FastJsonElement Parse(string json) => FastJson.Parse(Encoding.UTF8.GetBytes(json));
}
