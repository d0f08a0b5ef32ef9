using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of GET_SUBSCRIPTIONGROUP_CONFIG (352).</summary>
public sealed record GroupRequestHeader(string Group) : IRequestHeader<GroupRequestHeader>
{
    public static GroupRequestHeader Read(ref HeaderReader reader) => new(reader.Text("group"));

    public ExtFields ToExtFields() => new() { { "group", Group } };
}
