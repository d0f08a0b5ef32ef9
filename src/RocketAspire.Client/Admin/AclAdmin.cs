using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Accounts of ACL 1.0, changed on every broker of the cluster.</summary>
public sealed class AclAdmin
{
    private readonly AdminCalls _calls;

    internal AclAdmin(AdminCalls calls) => _calls = calls;

    /// <summary>A broker's accounts, without their secrets; null when it doesn't tell them: Apache's brokers from 4.9.8 on.</summary>
    /// <exception cref="RocketMQResponseException">ACL is off there, or this account may not ask.</exception>
    public async Task<AclConfig?> GetAsync(string brokerAddress, CancellationToken cancellationToken = default)
    {
        foreach (var code in (int[])[RequestCode.ListAccounts, RequestCode.GetBrokerClusterAclConfig])
        {
            var answer = await _calls.Connection.AskAsync(brokerAddress, RemotingCommand.CreateRequest(code), cancellationToken).ConfigureAwait(false);
            if (answer.Code == ResponseCode.Success) return Body.Read(brokerAddress, code, answer, AclConfig.Decode);
            if (answer.Code != ResponseCode.RequestCodeNotSupported) throw new RocketMQResponseException(brokerAddress, code, answer.Code, answer.Remark);
        }

        return null;
    }

    /// <summary>Makes or changes an account on each node, slaves too: each has its own file.</summary>
    /// <exception cref="RocketMQPartialChangeException">A broker refused.</exception>
    public async Task CreateOrUpdateAccountAsync(CreateAccessConfigRequestHeader account, CancellationToken cancellationToken = default) =>
        await OnEachNodeAsync($"account {account.AccessKey} was not changed everywhere", RequestCode.UpdateAndCreateAclConfig, account.ToExtFields, cancellationToken).ConfigureAwait(false);

    /// <summary>Deletes an account on each node.</summary>
    /// <exception cref="RocketMQPartialChangeException">A broker refused.</exception>
    public async Task DeleteAccountAsync(string accessKey, CancellationToken cancellationToken = default) =>
        await OnEachNodeAsync($"account {accessKey} was not deleted everywhere", RequestCode.DeleteAclConfig, () => new ExtFields { { "accessKey", accessKey } }, cancellationToken).ConfigureAwait(false);

    /// <summary>Sets the addresses that need no account, on each node.</summary>
    /// <exception cref="RocketMQPartialChangeException">A broker refused.</exception>
    public async Task SetWhiteAddressesAsync(IEnumerable<string> addresses, CancellationToken cancellationToken = default)
    {
        var joined = string.Join(',', addresses);
        await OnEachNodeAsync("the white addresses were not changed everywhere", RequestCode.UpdateGlobalWhiteAddrsConfig, () => new ExtFields { { "globalWhiteAddrs", joined } }, cancellationToken).ConfigureAwait(false);
    }

    private async Task OnEachNodeAsync(string change, int code, Func<ExtFields> fields, CancellationToken cancellationToken)
    {
        var info = await _calls.ClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        List<string> addresses = [.. info.BrokerAddrTable.Values.SelectMany(static group => group.BrokerAddrs.Values).Distinct(StringComparer.Ordinal)];
        if (addresses.Count == 0) throw new RocketMQBrokerNotFoundException(null);
        await AdminCalls.OnEachAsync(change, addresses, address => _calls.DemandAsync(address, code, fields(), cancellationToken)).ConfigureAwait(false);
    }
}
