using System.Collections.Concurrent;

namespace RocketAspire.Proxy;

/// <summary>Which broker is behind an address: what a broker asks of its own accord doesn't say who asks.</summary>
internal sealed class BrokerNames
{
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    public void Learn(string address, string brokerName) => _names[address] = brokerName;

    public string? Find(string address) => _names.GetValueOrDefault(address);
}
