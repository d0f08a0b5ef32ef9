using System.Runtime.InteropServices;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>Where containers keep what must outlive them, and that their user may write there.</summary>
internal static partial class ContainerStores
{
    private const UnixFileMode ReadableByAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode OpenToAll = (UnixFileMode)0b111_111_111;

    /// <summary>The folder of a node on this machine: the same as without containers, so that a store can go from one to the other.</summary>
    public static string FolderOf(string dataPath, string node, bool isNameServer) => Path.Combine(dataPath, node, isNameServer ? "namesrv" : "store");

    /// <summary>Makes the folders and lets the containers' user write in them; root gives them to it, another user opens them to all.</summary>
    /// <exception cref="RocketMQSettingException">That can't be done.</exception>
    public static void OpenFolders(ClusterTopology topology, string dataPath)
    {
        try
        {
            foreach (var node in topology.NameServers) Open(FolderOf(dataPath, node.Name, isNameServer: true), DataFolder.ConfigFile(dataPath, node));
            foreach (var node in topology.Brokers) Open(FolderOf(dataPath, node.Name, isNameServer: false), DataFolder.ConfigFile(dataPath, node));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RocketMQSettingException($"--data-path {dataPath}: can't be made writable for the containers' user {RocketMQImages.UserId}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Gives fresh volumes to the containers' user: their root folder is root's.</summary>
    /// <exception cref="RocketMQSettingException">The image's tools can't do that.</exception>
    public static async Task OpenVolumesAsync(ContainerProgram program, string image, IReadOnlyList<string> volumes, CancellationToken cancellationToken)
    {
        List<string> line = ["run", "--rm", "--network", "none", "--user", "0:0", "--entrypoint", "chown"];
        List<string> targets = [];
        foreach (var volume in volumes)
        {
            targets.Add("/volumes/" + volume);
            line.AddRange(["--mount", $"type=volume,source={volume},target={targets[^1]}"]);
        }
        var answer = await program.RunAsync([.. line, image, $"{RocketMQImages.UserId}:{RocketMQImages.UserId}", .. targets], cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood) throw new RocketMQSettingException($"--engine container: volumes can't be made writable for the containers' user {RocketMQImages.UserId}: {answer.Reason}; give a folder with --data-path DIR");
    }

    private static void Open(string folder, string configFile)
    {
        Directory.CreateDirectory(folder);
        // Written later by whoever writes all settings; it keeps its mode.
        if (!File.Exists(configFile)) File.WriteAllText(configFile, "");
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(configFile, ReadableByAll);
        if (!Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(folder, OpenToAll);
            return;
        }
        foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Prepend(folder))
            if (ChangeOwner(path, RocketMQImages.UserId, RocketMQImages.UserId) != 0) throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);
}
