namespace RocketAspire.Store;

/// <summary>Where things lie in a store folder; names are Apache's.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/config/StorePathConfigHelper.java</remarks>
internal sealed class StoreFolder(StoreOptions options, IStorageDevice device)
{
    private readonly string _root = Path.GetFullPath(options.RootDirectory);

    public string Root => _root;

    public string CommitLog => options.CommitLogDirectory is { } set ? Path.GetFullPath(set) : Path.Combine(_root, "commitlog");

    public string ConsumeQueue => Path.Combine(_root, "consumequeue");

    public string Index => Path.Combine(_root, "index");

    public string Checkpoint => Path.Combine(_root, "checkpoint");

    public string Mark => Path.Combine(_root, "rocketaspire.mark");

    public string Terms => Path.Combine(_root, "rocketaspire.terms");

    public string Lock => Path.Combine(_root, "lock");

    private string Abort => Path.Combine(_root, "abort");

    /// <summary>Makes the folders, with those above them that lack; durable when it returns.</summary>
    /// <exception cref="StoreException">They can't be made or written; the message names the settings.</exception>
    public void Create()
    {
        try
        {
            Make();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The store folder {_root} can't be made or written (storePathRootDir, storePathCommitLog): {e.Message}", e);
        }
    }

    private void Make()
    {
        foreach (var folder in (string[])[_root, CommitLog, ConsumeQueue, Index])
        {
            var lowestThere = folder;
            while (!device.DirectoryExists(lowestThere) && Path.GetDirectoryName(lowestThere) is { } above) lowestThere = above;
            device.CreateDirectory(folder);
            for (var made = folder; made != lowestThere; made = Path.GetDirectoryName(made)!) device.FlushDirectory(Path.GetDirectoryName(made)!);
        }

        // A start that was killed between the two may have left folders that nobody flushed.
        device.FlushDirectory(_root);
    }

    /// <summary>The last stop was no orderly one.</summary>
    public bool HasAbort() => device.FileExists(Abort);

    public void CreateAbort()
    {
        device.Open(Abort, create: true).Dispose();
        device.FlushDirectory(_root);
    }

    public void DeleteAbort()
    {
        device.DeleteFile(Abort);
        device.FlushDirectory(_root);
    }

    public static string CurrentBootId(StoreOptions options)
    {
        if (options.BootId is { } injected) return injected();
        const string Linux = "/proc/sys/kernel/random/boot_id";
        return File.Exists(Linux) ? File.ReadAllText(Linux).Trim() : "";
    }
}
