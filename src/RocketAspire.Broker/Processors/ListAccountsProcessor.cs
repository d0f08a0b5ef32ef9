using RocketAspire.Broker.Acl;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>LIST_ACCOUNTS (7305): the accounts in force and the white addresses, without secrets, to an admin.</summary>
/// <remarks>Apache's GET_BROKER_CLUSTER_ACL_CONFIG (54), which told secrets to everybody, is gone since 4.9.8, and so it is here.</remarks>
internal sealed class ListAccountsProcessor(AclStore? acl) : IRequestProcessor
{
    public int Code => RequestCode.ListAccounts;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(
            acl is null ? request.CreateResponse(ResponseCode.SystemError, AclAnswers.NotEnabled) : request.CreateResponse(ResponseCode.Success, body: Config(acl.Rules).Encode()));

    private static AclConfig Config(AclRules rules) => new(
        [.. rules.Files.SelectMany(static file => file.White).Select(static rule => rule.Text).Distinct()],
        // The first of a name counts, as it does where requests are judged.
        [.. rules.Files.SelectMany(static file => file.Accounts).DistinctBy(static account => account.AccessKey).Select(Tell)]);

    private static AclAccountInfo Tell(AclAccount account) => new(account.AccessKey)
    {
        WhiteRemoteAddress = account.White.Text,
        Admin = account.Admin,
        DefaultTopicPerm = account.DefaultTopic.Text(),
        DefaultGroupPerm = account.DefaultGroup.Text(),
        TopicPerms = [.. account.Topics.Select(static pair => $"{pair.Key}={pair.Value.Text()}")],
        GroupPerms = [.. account.Groups.Select(static pair => $"{pair.Key}={pair.Value.Text()}")],
    };
}
