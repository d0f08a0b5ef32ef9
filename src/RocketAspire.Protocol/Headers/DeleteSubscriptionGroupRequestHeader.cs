using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of DELETE_SUBSCRIPTIONGROUP (207).</summary>
/// <param name="GroupName">The group.</param>
/// <param name="CleanOffset">Forget the group's consumption progress too (field cleanOffset in 5.x, removeOffset in 4.9).</param>
public sealed record DeleteSubscriptionGroupRequestHeader(string GroupName, bool CleanOffset)
    : IRequestHeader<DeleteSubscriptionGroupRequestHeader>
{
    public static DeleteSubscriptionGroupRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("groupName"), reader.Boolean("removeOffset") || reader.Boolean("cleanOffset"));

    public ExtFields ToExtFields() => new() { { "groupName", GroupName }, { "removeOffset", CleanOffset }, { "cleanOffset", CleanOffset } };
}
