using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Name servers: their settings and their key-value tables.</summary>
public sealed class NameServerAdmin
{
    private readonly AdminCalls _calls;

    internal NameServerAdmin(AdminCalls calls) => _calls = calls;

    /// <summary>All settings of one.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetConfigAsync(string nameServer, CancellationToken cancellationToken = default)
    {
        var answer = await _calls.DemandAsync(nameServer, RequestCode.GetNamesrvConfig, null, cancellationToken).ConfigureAwait(false);
        return AdminCalls.Properties(answer);
    }

    /// <summary>Changes settings of one.</summary>
    public Task UpdateConfigAsync(string nameServer, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(nameServer, RequestCode.UpdateNamesrvConfig, null, cancellationToken, Encoding.UTF8.GetBytes(PropertiesFile.Write(settings)));

    /// <summary>A value, or null.</summary>
    public async Task<string?> GetValueAsync(string space, string key, CancellationToken cancellationToken = default)
    {
        var answer = await _calls.Connection.AskNameServersAsync(() => RemotingCommand.CreateRequest(RequestCode.GetKvConfig, new ExtFields { { "namespace", space }, { "key", key } }), cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            ResponseCode.Success => answer.ExtFields["value"],
            ResponseCode.QueryNotFound => null,
            _ => throw new RocketMQResponseException("a name server", RequestCode.GetKvConfig, answer.Code, answer.Remark),
        };
    }

    /// <summary>All of one namespace; empty when there is none.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetValuesAsync(string space, CancellationToken cancellationToken = default)
    {
        var answer = await _calls.Connection.AskNameServersAsync(() => RemotingCommand.CreateRequest(RequestCode.GetKvlistByNamespace, new ExtFields { { "namespace", space } }), cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            ResponseCode.Success => Body.Read("a name server", RequestCode.GetKvlistByNamespace, answer, KvTable.Decode).Table,
            ResponseCode.QueryNotFound => new Dictionary<string, string>(),
            _ => throw new RocketMQResponseException("a name server", RequestCode.GetKvlistByNamespace, answer.Code, answer.Remark),
        };
    }

    /// <summary>Sets a value on each name server.</summary>
    /// <exception cref="RocketMQPartialChangeException">One refused.</exception>
    public Task SetValueAsync(string space, string key, string value, CancellationToken cancellationToken = default) =>
        AdminCalls.OnEachAsync($"{key} was not set everywhere", _calls.Connection.NameServers, address =>
            _calls.DemandAsync(address, RequestCode.PutKvConfig, new ExtFields { { "namespace", space }, { "key", key }, { "value", value } }, cancellationToken));

    /// <summary>Deletes a value on each name server.</summary>
    /// <exception cref="RocketMQPartialChangeException">One refused.</exception>
    public Task DeleteValueAsync(string space, string key, CancellationToken cancellationToken = default) =>
        AdminCalls.OnEachAsync($"{key} was not deleted everywhere", _calls.Connection.NameServers, address =>
            _calls.DemandAsync(address, RequestCode.DeleteKvConfig, new ExtFields { { "namespace", space }, { "key", key } }, cancellationToken));
}
