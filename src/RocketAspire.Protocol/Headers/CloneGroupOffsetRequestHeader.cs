using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of CLONE_GROUP_OFFSET (314).</summary>
/// <param name="SrcGroup">Whose progress is taken over.</param>
/// <param name="DestGroup">Who gets it.</param>
/// <param name="Topic">One topic; null or empty for all of the source's.</param>
/// <param name="Offline">Also topics that the connected source group has left.</param>
public sealed record CloneGroupOffsetRequestHeader(string SrcGroup, string DestGroup, string? Topic, bool Offline) : IRequestHeader<CloneGroupOffsetRequestHeader>
{
    public static CloneGroupOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("srcGroup"), reader.Text("destGroup"), reader.TextOrNull("topic"), reader.Boolean("offline"));

    public ExtFields ToExtFields() => new() { { "srcGroup", SrcGroup }, { "destGroup", DestGroup }, { "topic", Topic }, { "offline", Offline } };
}
