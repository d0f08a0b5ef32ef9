using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of QUERY_CORRECTION_OFFSET (308).</summary>
/// <param name="Topic">The topic.</param>
/// <param name="CompareGroup">The group that is compared with the others.</param>
/// <param name="FilterGroups">Groups that don't count, joined by commas.</param>
public sealed record QueryCorrectionOffsetRequestHeader(string Topic, string CompareGroup, string? FilterGroups) : IRequestHeader<QueryCorrectionOffsetRequestHeader>
{
    public static QueryCorrectionOffsetRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("topic"), reader.Text("compareGroup"), reader.TextOrNull("filterGroups"));

    public ExtFields ToExtFields() => new() { { "topic", Topic }, { "compareGroup", CompareGroup }, { "filterGroups", FilterGroups } };
}
