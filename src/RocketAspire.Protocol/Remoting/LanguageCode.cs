namespace RocketAspire.Protocol.Remoting;

/// <summary>Languages of client implementations; the JSON header carries the upper-case name, the binary header the number.</summary>
public enum LanguageCode : byte
{
    Java = 0,
    Cpp = 1,
    Dotnet = 2,
    Python = 3,
    Delphi = 4,
    Erlang = 5,
    Ruby = 6,
    Other = 7,
    Http = 8,
    Go = 9,
    Php = 10,
    Oms = 11,
    Rust = 12,
    NodeJs = 13,
}
