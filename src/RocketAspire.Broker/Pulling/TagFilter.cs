using RocketAspire.Protocol.Bodies;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Keeps messages by the hash of their tag. Two tags may share a hash: the consumer compares the strings again, as with Apache.</summary>
public sealed class TagFilter : IQueueFilter
{
    private readonly IReadOnlyList<int> _codes;

    private TagFilter(IReadOnlyList<int> codes) => _codes = codes;

    /// <summary>Null when the subscription takes all messages.</summary>
    public static TagFilter? For(SubscriptionData subscription) =>
        subscription.ClassFilterMode || subscription.SubString == SubscriptionData.All ? null : new TagFilter(subscription.Codes);

    public bool MatchesTagsCode(long tagsCode)
    {
        foreach (var code in _codes)
        {
            if (code == (int)tagsCode) return true;
        }

        return false;
    }
}
