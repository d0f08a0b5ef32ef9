using Google.Protobuf;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>What each call touches.</summary>
/// <remarks>Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/auth/src/main/java/org/apache/rocketmq/auth/authorization/builder/DefaultAuthorizationContextBuilder.java
/// and, for plain accounts, https://github.com/apache/rocketmq/blob/rocketmq-all-5.2.0/acl/src/main/java/org/apache/rocketmq/acl/plain/PlainAccessResource.java</remarks>
internal static class AccessNeeds
{
    public static IReadOnlyList<AccessNeed> Of(IMessage request) => request switch
    {
        QueryRouteRequest route => [new(Name(route.Topic), IsGroup: false, Publish: true, Subscribe: true)],
        SendMessageRequest send => [.. send.Messages.Select(static message => Name(message.Topic)).Distinct(StringComparer.Ordinal).Select(Pub)],
        EndTransactionRequest end => [Pub(Name(end.Topic))],
        RecallMessageRequest recall => [Pub(Name(recall.Topic))],
        QueryAssignmentRequest assignment => [Group(assignment.Group), Sub(assignment.Topic)],
        ReceiveMessageRequest receive => [Group(receive.Group), Sub(receive.MessageQueue?.Topic)],
        AckMessageRequest ack => [Group(ack.Group), Sub(ack.Topic)],
        ForwardMessageToDeadLetterQueueRequest forward => [Group(forward.Group), Sub(forward.Topic)],
        ChangeInvisibleDurationRequest change => [Group(change.Group), Sub(change.Topic)],
        HeartbeatRequest heartbeat when heartbeat.ClientType is ClientType.PushConsumer or ClientType.SimpleConsumer or ClientType.PullConsumer => [Group(heartbeat.Group)],
        NotifyClientTerminationRequest { Group.Name.Length: > 0 } gone => [Group(gone.Group)],
        TelemetryCommand { CommandCase: TelemetryCommand.CommandOneofCase.Settings } command => OfSettings(command.Settings),
        _ => [],
    };

    private static IReadOnlyList<AccessNeed> OfSettings(Settings settings) => settings.PubSubCase switch
    {
        Settings.PubSubOneofCase.Publishing => [.. settings.Publishing.Topics.Select(static topic => Pub(Name(topic)))],
        Settings.PubSubOneofCase.Subscription => [Group(settings.Subscription.Group), .. settings.Subscription.Subscriptions.Select(static entry => Sub(entry.Topic))],
        _ => [],
    };

    private static string Name(Resource? resource) => resource?.Name ?? "";

    private static AccessNeed Pub(string topic) => new(topic, IsGroup: false, Publish: true, Subscribe: false);

    private static AccessNeed Sub(Resource? topic) => new(Name(topic), IsGroup: false, Publish: false, Subscribe: true);

    private static AccessNeed Group(Resource? group) => new(Name(group), IsGroup: true, Publish: false, Subscribe: true);
}
