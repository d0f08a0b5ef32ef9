using RocketAspire.Hosting.Publishing.Containers;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Compose;

/// <summary>
/// Containers of one machine: each has ports of its own, since a broker's port inside must be the published one. They find name
/// servers and DLedger peers by name; a broker tells its address when it runs, so no network has to be fixed.
/// </summary>
internal sealed class ComposePlacement(int portOffset) : PublishedPlacement
{
    public override NodePlace NameServer(int index, string name) =>
        new(name, LocalPlacement.FirstNameServerPort + index + portOffset, ContainerFiles.NameServerFolder, 0);

    public override NodePlace Broker(int group, int member, int ordinal, string name, string brokerName) =>
        new(name, LocalPlacement.FirstBrokerPort + ordinal * LocalPlacement.BrokerPortStep + portOffset, Home, PeerPort);
}
