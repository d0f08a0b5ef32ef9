using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Brokers: what they tell of themselves, their settings, their replication, their producers, and keeping house.</summary>
public sealed class BrokerAdmin
{
    private readonly AdminCalls _calls;

    internal BrokerAdmin(AdminCalls calls) => _calls = calls;

    /// <summary>Every node of every group as the name servers see them, masters first.</summary>
    public async Task<IReadOnlyList<BrokerEndpoint>> ListAsync(CancellationToken cancellationToken = default)
    {
        var info = await _calls.ClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        return [.. info.BrokerAddrTable.Values.SelectMany(static group => group.BrokerAddrs.Select(node => new BrokerEndpoint(group.Cluster, group.BrokerName, node.Key, node.Value)))];
    }

    /// <summary>Version, rates, disk, offsets of its log, by Apache's keys.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetRuntimeInfoAsync(string brokerAddress, CancellationToken cancellationToken = default) =>
        (await _calls.ReadAsync(brokerAddress, RequestCode.GetBrokerRuntimeInfo, null, KvTable.Decode, cancellationToken).ConfigureAwait(false)).Table;

    /// <summary>All its settings in force.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetConfigAsync(string brokerAddress, CancellationToken cancellationToken = default)
    {
        var answer = await _calls.DemandAsync(brokerAddress, RequestCode.GetBrokerConfig, null, cancellationToken).ConfigureAwait(false);
        return AdminCalls.Properties(answer);
    }

    /// <summary>Changes settings while it runs; a broker says no to keys that need a new start.</summary>
    public Task UpdateConfigAsync(string brokerAddress, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(brokerAddress, RequestCode.UpdateBrokerConfig, null, cancellationToken, Encoding.UTF8.GetBytes(PropertiesFile.Write(settings)));

    /// <summary>How replication stands, by 5.x's call; null when the broker doesn't know it.</summary>
    public async Task<HaRuntimeInfo?> GetHaStatusAsync(string brokerAddress, CancellationToken cancellationToken = default)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.GetBrokerHaStatus);
        var answer = await _calls.Connection.AskAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            ResponseCode.Success => Body.Read(brokerAddress, request.Code, answer, HaRuntimeInfo.Decode),
            ResponseCode.RequestCodeNotSupported => null,
            _ => throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, answer.Remark),
        };
    }

    /// <summary>A counter of a broker over the last minute, hour and day; null when nothing was counted.</summary>
    /// <param name="brokerAddress">The broker.</param>
    /// <param name="name">Such as <c>TOPIC_PUT_NUMS</c>, <c>GROUP_GET_NUMS</c>.</param>
    /// <param name="key">A topic's name, or <c>topic@group</c>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<BrokerStatsData?> GetStatsAsync(string brokerAddress, string name, string key, CancellationToken cancellationToken = default)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.ViewBrokerStatsData, new ViewBrokerStatsDataRequestHeader(name, key).ToExtFields());
        var answer = await _calls.Connection.AskAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        // A counter that never counted is a system error to Apache's broker.
        return answer.Code == ResponseCode.Success ? Body.Read(brokerAddress, request.Code, answer, BrokerStatsData.Decode)
            : answer.Code == ResponseCode.SystemError ? null
            : throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, answer.Remark);
    }

    /// <summary>All producer groups that are connected to it, with their clients.</summary>
    public async Task<ProducerTableInfo> GetProducersAsync(string brokerAddress, CancellationToken cancellationToken = default) =>
        await _calls.ReadAsync(brokerAddress, RequestCode.GetAllProducerInfo, null, ProducerTableInfo.Decode, cancellationToken).ConfigureAwait(false);

    /// <summary>Drops queues that have no message any more.</summary>
    public Task CleanExpiredQueuesAsync(string brokerAddress, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(brokerAddress, RequestCode.CleanExpiredConsumequeue, null, cancellationToken);

    /// <summary>Deletes log files that are past their time, now rather than at <c>deleteWhen</c>.</summary>
    public Task DeleteExpiredLogAsync(string brokerAddress, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(brokerAddress, RequestCode.DeleteExpiredCommitlog, null, cancellationToken);

    /// <summary>Takes writing away from all topics of a group at each name server, or gives it back: producers leave it within their route's age.</summary>
    /// <param name="brokerName">The group.</param>
    /// <param name="mayWrite">Whether it may be written to.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQPartialChangeException">A name server refused.</exception>
    public Task SetWritableAsync(string brokerName, bool mayWrite, CancellationToken cancellationToken = default) =>
        AdminCalls.OnEachAsync($"write permission of {brokerName} was not changed everywhere", _calls.Connection.NameServers, address => _calls.DemandAsync(
            address, mayWrite ? RequestCode.AddWritePermOfBroker : RequestCode.WipeWritePermOfBroker, new ExtFields { { "brokerName", brokerName } }, cancellationToken));
}
