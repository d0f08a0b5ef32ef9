using System.Net.Sockets;
using Aspire.Hosting;

namespace RocketAspire.Hosting.Faults;

/// <summary>Where each broker's fault control listens: in its store's folder, or in a short temporary one when that path is too long for a socket.</summary>
internal sealed class FaultSockets(IDistributedApplicationBuilder app)
{
    private const string Prefix = "rocketaspire-";

    private string? _shortFolder;

    /// <summary>Null when even the temporary folder's path is too long: then there is no fault control.</summary>
    public string? PathFor(string node, string storeDirectory)
    {
        var inStore = Path.Combine(storeDirectory, "fault.sock");
        if (Fits(inStore)) return inStore;
#pragma warning disable ASPIREFILESYSTEM001 // The one folder service that removes what a killed AppHost leaves.
        _shortFolder ??= app.FileSystemService.TempDirectory.CreateTempSubdirectory(Prefix).Path;
#pragma warning restore ASPIREFILESYSTEM001
        var elsewhere = Path.Combine(_shortFolder, node + ".sock");
        return Fits(elsewhere) ? elsewhere : null;
    }

    private static bool Fits(string path)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
            return true;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
