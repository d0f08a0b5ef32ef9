using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>The producers of each group that are connected now.</summary>
public sealed class ProducerTable(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<RemotingConnection, ClientInfo>> _groups = new(StringComparer.Ordinal);

    public void Register(string group, RemotingConnection connection, string clientId, LanguageCode language, int version)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out var clients)) _groups[group] = clients = [];
            if (clients.TryGetValue(connection, out var known) && known.ClientId == clientId) known.SeenAt = now;
            else clients[connection] = new ClientInfo(connection, clientId, language, version, now);
        }
    }

    public void Unregister(string group, RemotingConnection connection)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out var clients)) return;
            clients.Remove(connection);
            if (clients.Count == 0) _groups.Remove(group);
        }
    }

    /// <summary>The group's producers; null when it has none.</summary>
    public List<ClientInfo>? Find(string group)
    {
        lock (_gate) return _groups.TryGetValue(group, out var clients) ? [.. clients.Values] : null;
    }

    /// <summary>A connected client by its id, whatever its group; null when there is none.</summary>
    public ClientInfo? FindClient(string clientId)
    {
        lock (_gate)
        {
            foreach (var clients in _groups.Values)
            {
                foreach (var client in clients.Values)
                {
                    if (client.ClientId == clientId && client.Connection.IsOpen) return client;
                }
            }

            return null;
        }
    }

    /// <summary>All producers by group.</summary>
    public List<KeyValuePair<string, List<ClientInfo>>> All()
    {
        lock (_gate)
        {
            var all = new List<KeyValuePair<string, List<ClientInfo>>>();
            foreach (var (group, clients) in _groups) all.Add(new(group, [.. clients.Values]));
            return all;
        }
    }

    public void RemoveConnection(RemotingConnection connection)
    {
        lock (_gate)
        {
            foreach (var (group, clients) in _groups)
            {
                if (clients.Remove(connection) && clients.Count == 0) _groups.Remove(group);
            }
        }
    }

    /// <summary>Forgets clients silent for longer than that; their connections are closed.</summary>
    public void RemoveSilent(TimeSpan longerThan)
    {
        List<RemotingConnection> silent = [];
        lock (_gate)
        {
            foreach (var (group, clients) in _groups)
            {
                foreach (var (connection, client) in clients)
                {
                    if (time.GetElapsedTime(client.SeenAt) <= longerThan) continue;
                    clients.Remove(connection);
                    silent.Add(connection);
                }

                if (clients.Count == 0) _groups.Remove(group);
            }
        }

        foreach (var connection in silent) connection.Close();
    }
}
