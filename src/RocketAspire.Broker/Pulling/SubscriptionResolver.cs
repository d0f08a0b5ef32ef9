using RocketAspire.Broker.Filtering;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker;

/// <summary>Finds what a pull subscribes to: in the request itself, or in its group's heartbeats.</summary>
public sealed class SubscriptionResolver(ConsumerGroupTable consumers, FilterFactory filters)
{
    public Refusal? Resolve(PullMessageRequestHeader header, SubscriptionGroupConfig group, out SubscriptionData subscription)
    {
        var refusal = header.Has(PullSysFlag.Subscription)
            ? FromRequest(header, out subscription)
            : FromHeartbeat(header, group, out subscription);
        if (refusal is not null || subscription.IsTagType) return refusal;
        if (filters.Check(subscription) is not { } wrong) return null;

        // The heartbeat that brought it was told already what is wrong with it.
        return wrong.Code == ResponseCode.SubscriptionParseFailed && !header.Has(PullSysFlag.Subscription)
            ? new(ResponseCode.FilterDataNotExist, "The broker's consumer filter data is not exist!Your expression may be wrong! " + wrong.Remark)
            : wrong;
    }

    private static Refusal? FromRequest(PullMessageRequestHeader header, out SubscriptionData subscription) =>
        SubscriptionData.TryBuild(header.Topic, header.Subscription, header.ExpressionType, out subscription)
            ? null
            : new(ResponseCode.SubscriptionParseFailed, "parse the consumer's subscription failed");

    private Refusal? FromHeartbeat(PullMessageRequestHeader header, SubscriptionGroupConfig group, out SubscriptionData subscription)
    {
        var found = consumers.FindSubscription(header.ConsumerGroup, header.Topic, out var messageModel);
        subscription = found ?? new SubscriptionData { Topic = header.Topic };
        if (messageModel is null) return new(ResponseCode.SubscriptionNotExist, "the consumer's group info not exist" + FaqHint.Text);
        if (!group.ConsumeBroadcastEnable && messageModel == "BROADCASTING")
        {
            return new(ResponseCode.NoPermission, $"the consumer group[{header.ConsumerGroup}] can not consume by broadcast way");
        }

        if (found is null) return new(ResponseCode.SubscriptionNotExist, "the consumer's subscription not exist" + FaqHint.Text);
        return found.SubVersion < header.SubVersion
            ? new(ResponseCode.SubscriptionNotLatest, "the consumer's subscription not latest")
            : null;
    }
}
