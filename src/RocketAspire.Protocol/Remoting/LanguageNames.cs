using System.Text.Json;

namespace RocketAspire.Protocol.Remoting;

/// <summary>Names of <see cref="LanguageCode"/> on the wire. A name or number nobody knows counts as <see cref="LanguageCode.Other"/>.</summary>
public static class LanguageNames
{
    private static readonly string[] Names =
        ["JAVA", "CPP", "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY", "OTHER", "HTTP", "GO", "PHP", "OMS", "RUST", "NODE_JS"];

    public static string Of(LanguageCode language) => (int)language < Names.Length ? Names[(int)language] : "OTHER";

    public static LanguageCode FromCode(byte code) => code < Names.Length ? (LanguageCode)code : LanguageCode.Other;

    public static LanguageCode Parse(string name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (Names[i].Equals(name, StringComparison.OrdinalIgnoreCase)) return (LanguageCode)i;
        }

        return LanguageCode.Other;
    }

    internal static LanguageCode Parse(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (reader.ValueTextEquals(Names[i])) return (LanguageCode)i;
        }

        return Parse(reader.GetString() ?? "");
    }
}
