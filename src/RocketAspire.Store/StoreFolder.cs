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

    /// <summary>Makes the folders, durable up to the first that was there before.</summary>
    public void Create()
    {
        foreach (var folder in (string[])[_root, CommitLog, ConsumeQueue, Index])
        {
            device.CreateDirectory(folder);
            for (var parent = Path.GetDirectoryName(folder); parent is not null; parent = Path.GetDirectoryName(parent))
            {
                device.FlushDirectory(parent);
                // Above the root only a fresh path needs it, and there few levels are fresh.
                if (parent.Length < _root.Length && device.List(parent).Count > 1) break;
            }
        }
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
