using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace RocketAspire.Hosting.Publishing.Containers;

/// <summary>Writes YAML from maps and lists, in the order in which they were made.</summary>
internal static partial class Yaml
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithIndentedSequences()
        .WithNewLine("\n")
        .DisableAliases()
        .WithEventEmitter(next => new TextAsWritten(next))
        .Build();

    /// <summary>A map that keeps its order; pairs without a value are left out.</summary>
    public static Dictionary<string, object> Map(params (string Key, object? Value)[] pairs) =>
        pairs.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!, StringComparer.Ordinal);

    public static string Write(object document) => Serializer.Serialize(document);

    /// <summary>Files within YAML are readable as they are.</summary>
    private sealed class TextAsWritten(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            var style = eventInfo.Source.Value switch
            {
                string text when text.Contains('\n', StringComparison.Ordinal) => ScalarStyle.Literal,
                // Older readers take 22:22 for a number to the base of sixty.
                string text when Digits().IsMatch(text) => ScalarStyle.DoubleQuoted,
                _ => eventInfo.Style,
            };
            base.Emit(style == eventInfo.Style ? eventInfo : new ScalarEventInfo(eventInfo.Source) { Style = style }, emitter);
        }
    }

    [GeneratedRegex("^[0-9:]+$")]
    private static partial Regex Digits();
}
