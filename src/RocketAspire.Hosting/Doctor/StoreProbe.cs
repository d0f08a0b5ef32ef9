using System.Globalization;

namespace RocketAspire.Hosting.Doctor;

/// <summary>Looks at a store's folder from outside.</summary>
internal static class StoreProbe
{
    public static StoreFacts Look(string path)
    {
        try
        {
            if (!Directory.Exists(path)) return new StoreFacts(path, "there is no such folder", 0, 0);
            var probe = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $".doctor-{Environment.ProcessId}"));
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            var drive = new DriveInfo(path);
            return new StoreFacts(path, null, drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new StoreFacts(path, e.Message.ReplaceLineEndings(" "), 0, 0);
        }
    }
}
