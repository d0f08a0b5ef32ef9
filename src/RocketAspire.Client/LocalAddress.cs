using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace RocketAspire.Client;

/// <summary>The IPv4 address by which this machine calls itself in ids: the first that isn't loopback, else 127.0.0.1.</summary>
internal static class LocalAddress
{
    public static IPAddress V4 { get; } = Find();

    private static IPAddress Find()
    {
        try
        {
            foreach (var card in NetworkInterface.GetAllNetworkInterfaces())
            {
                if (card.OperationalStatus != OperationalStatus.Up || card.NetworkInterfaceType == NetworkInterfaceType.Loopback) continue;
                foreach (var unicast in card.GetIPProperties().UnicastAddresses)
                {
                    if (unicast.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(unicast.Address)) return unicast.Address;
                }
            }
        }
        catch (NetworkInformationException)
        {
            // A sandbox that doesn't show its cards: ids then differ by process and time only.
        }

        return IPAddress.Loopback;
    }
}
