using System.Globalization;
using System.Runtime.CompilerServices;
using Google.Protobuf.Reflection;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy.Tests;

/// <summary>The service's names and numbers are fixed: <c>protocol.txt</c> lists them all.</summary>
public sealed class ProtocolTests
{
    [Fact]
    public void Every_field_value_and_method_has_its_number()
    {
        var actual = new[] { DefinitionReflection.Descriptor, ServiceReflection.Descriptor }.SelectMany(Describe).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder(), "protocol.txt")), actual);
    }

    [Fact]
    public void Groups_go_to_the_queues_that_Guava_chooses()
    {
        int[] ofHundred = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83];
        Assert.Equal(ofHundred, Enumerable.Range(0, ofHundred.Length).Select(static i => QueueHash.Pick(i, 100)));
        Assert.Equal((80343, 22152, 15018), (QueueHash.Pick(2, 100001), QueueHash.Pick(2201, 100001), QueueHash.Pick(2202, 100001)));
        Assert.All(Enumerable.Range(-1000, 2000), static hash => Assert.InRange(QueueHash.Pick(hash, 7), 0, 6));
    }

    private static IEnumerable<string> Describe(FileDescriptor file)
    {
        Assert.Equal("apache.rocketmq.v2", file.Package);
        return file.MessageTypes.SelectMany(static message => Describe("", message))
            .Concat(file.EnumTypes.SelectMany(static e => Describe("", e)))
            .Concat(file.Services.SelectMany(static service => service.Methods.Select(method => string.Create(
                CultureInfo.InvariantCulture,
                $"{service.Name}/{method.Name} {(method.IsClientStreaming ? "stream " : "")}{method.InputType.Name} {(method.IsServerStreaming ? "stream " : "")}{method.OutputType.Name}"))));
    }

    private static IEnumerable<string> Describe(string prefix, MessageDescriptor message) =>
        message.Fields.InDeclarationOrder().Select(field => string.Create(CultureInfo.InvariantCulture, $"{prefix}{message.Name}.{field.Name}={field.FieldNumber} {Label(field)}{Type(field)}"))
            .Concat(message.EnumTypes.SelectMany(e => Describe($"{prefix}{message.Name}.", e)));

    private static IEnumerable<string> Describe(string prefix, EnumDescriptor e) =>
        e.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{prefix}{e.Name}.{value.Name}={value.Number}"));

    private static string Label(FieldDescriptor field) => field.IsMap ? "map " : field.IsRepeated ? "repeated "
        : field.ContainingOneof is { IsSynthetic: false } oneof ? $"oneof({oneof.Name}) " : field.ContainingOneof is not null ? "optional " : "";

    private static string Type(FieldDescriptor field) => field.FieldType switch
    {
        _ when field.IsMap => $"{Type(field.MessageType.Fields[1])} {Type(field.MessageType.Fields[2])}",
        FieldType.Message => field.MessageType.Name,
        FieldType.Enum => field.EnumType.Name,
        var other => other.ToString().ToLowerInvariant(),
    };

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
