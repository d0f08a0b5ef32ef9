using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using YamlDotNet.RepresentationModel;

namespace RocketAspire.Broker.Acl;

/// <summary>The files of rules and what they say. A file that changes is read again; one that can't be read keeps what it said before.</summary>
internal sealed class AclStore : IAsyncDisposable
{
    private readonly AclOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly ITimer _watch;

    // Guarded by _gate: what each file looked like when it was read.
    private readonly Dictionary<string, Stamp> _seen = new(StringComparer.Ordinal);
    private AclRules _rules = new([]);

    private AclStore(AclOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _watch = time.CreateTimer(static self => ((AclStore)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public AclRules Rules => Volatile.Read(ref _rules);

    public string DefaultFile => _options.DefaultFile;

    /// <exception cref="InvalidDataException">A file can't be read; one line that names it.</exception>
    public static AclStore Open(AclOptions options, TimeProvider time, ILogger logger)
    {
        var store = new AclStore(options, time, logger);
        var files = new List<AclFile>();
        foreach (var path in store.Paths())
        {
            store._seen[path] = Stamp.Of(path);
            try
            {
                files.Add(AclFile.Read(path) ?? AclFile.Empty(path));
            }
            catch (AclException e)
            {
                throw new InvalidDataException($"{path}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        store.Use(files);
        if (files.Count == 0) AclLog.NoFile(logger, options.DefaultFile);
        store._watch.Change(options.WatchInterval, options.WatchInterval);
        return store;
    }

    public ValueTask DisposeAsync() => _watch.DisposeAsync();

    /// <summary>Changes the file that has the account, or adds it to the default file.</summary>
    /// <exception cref="AclException">It can't be; in Apache's words.</exception>
    public void Update(AclAccountConfig account)
    {
        if (!AclAccount.KeysAreLongEnough(account))
            throw new AclException($"The accessKey={account.AccessKey ?? "null"} and secretKey={account.SecretKey ?? "null"} cannot be null and length should longer than 6");
        if ((AclPermissions.Problem(account.TopicPerms) ?? AclPermissions.Problem(account.GroupPerms)) is { } problem) throw new AclException(problem);
        _ = AddressRule.Parse(account.WhiteRemoteAddress);
        lock (_gate) Change(_rules.PathOf(account.AccessKey!) ?? _options.DefaultFile, root => AclYaml.PutAccount(root, account));
    }

    /// <summary>False when there is no such account.</summary>
    /// <exception cref="AclException">The file can't be changed.</exception>
    public bool Delete(string accessKey)
    {
        lock (_gate)
        {
            if (_rules.PathOf(accessKey) is not { } path) return false;
            Change(path, root => AclYaml.RemoveAccount(root, accessKey));
            return true;
        }
    }

    /// <summary>False when the file isn't one of rules in our own folders.</summary>
    /// <exception cref="AclException">An address is wrong, or the file can't be changed.</exception>
    public bool UpdateWhiteAddresses(IReadOnlyList<string> addresses, string? path)
    {
        foreach (var address in addresses) _ = AddressRule.Parse(address);
        lock (_gate)
        {
            path = string.IsNullOrEmpty(path) ? _options.DefaultFile : Path.GetFullPath(path);
            // Apache's broker writes to any .yml below its home.
            if (path != _options.DefaultFile && !Paths().Contains(path)) return false;
            Change(path, root => AclYaml.PutWhiteAddresses(root, addresses));
            return true;
        }
    }

    /// <summary>Under the gate.</summary>
    private void Change(string path, Action<YamlMappingNode> change)
    {
        var root = AclFile.ReadTree(path) ?? new YamlMappingNode();
        change(root);
        AclYaml.PutVersion(root, AclYaml.ReadVersion(root).Next(_time.GetUtcNow().ToUnixTimeMilliseconds()));
        // Checked before it is written: a file that its next reader refuses helps nobody.
        var file = AclFile.From(path, root);
        Save(path, AclYaml.Write(root));
        _seen[path] = Stamp.Of(path);
        List<AclFile> files = [.. _rules.Files.Select(old => old.Path == path ? file : old)];
        if (!files.Contains(file)) files.Add(file);
        Use(files);
    }

    private static void Save(string path, string text)
    {
        var temporary = path + ".tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            // Secrets: for others only if they could read it before.
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = File.Exists(path) ? File.GetUnixFileMode(path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var writer = new StreamWriter(new FileStream(temporary, options)))
            {
                writer.Write(text);
                writer.Flush();
                ((FileStream)writer.BaseStream).Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AclException(e.Message);
        }
    }

    private void Look()
    {
        try
        {
            lock (_gate) LookForChanges();
        }
        catch (Exception e)
        {
            AclLog.LookFailed(_logger, e.Message.ReplaceLineEndings(" "));
        }
    }

    private void LookForChanges()
    {
        var paths = Paths();
        var changed = false;
        var files = new List<AclFile>();
        foreach (var path in paths)
        {
            var old = _rules.Files.FirstOrDefault(file => file.Path == path);
            var stamp = Stamp.Of(path);
            if (old is not null && _seen.GetValueOrDefault(path) == stamp)
            {
                files.Add(old);
                continue;
            }

            // A broken file is told once, not at each look.
            var isNews = _seen.GetValueOrDefault(path) != stamp;
            _seen[path] = stamp;
            var read = Read(path, old, isNews);
            changed |= read != old;
            if (read is not null) files.Add(read);
        }

        if (_rules.Files.Any(file => !paths.Contains(file.Path))) changed = true;
        if (!changed) return;
        foreach (var gone in _seen.Keys.Except(paths).ToArray()) _seen.Remove(gone);
        Use(files);
    }

    private AclFile? Read(string path, AclFile? old, bool isNews)
    {
        try
        {
            var read = AclFile.Read(path);
            if (read is null && old is { Accounts.Count: 0, White.Count: 0 } or null) return read ?? old ?? AclFile.Empty(path);
            // Empty may mean that somebody is about to write it.
            if (read is null) throw new AclException("it is empty");
            AclLog.Loaded(_logger, path, read.Accounts.Count);
            return read;
        }
        catch (AclException e)
        {
            if (isNews) AclLog.Broken(_logger, path, e.Message.ReplaceLineEndings(" "));
            return old;
        }
    }

    private void Use(IReadOnlyList<AclFile> files)
    {
        var rules = new AclRules(files);
        foreach (var repeated in rules.Repeated) AclLog.Repeated(_logger, repeated);
        Volatile.Write(ref _rules, rules);
    }

    /// <summary>All files of rules that are there, the default one last.</summary>
    private List<string> Paths()
    {
        var paths = new List<string>();
        if (Directory.Exists(_options.Folder))
        {
            foreach (var path in Directory.EnumerateFiles(_options.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                if (Path.GetExtension(path) is ".yml" or ".yaml" && Path.GetFileName(path) != Protocol.Config.ToolsFile.Name) paths.Add(path);
            }
        }

        if (File.Exists(_options.DefaultFile) && !paths.Contains(_options.DefaultFile)) paths.Add(_options.DefaultFile);
        return paths;
    }

    private readonly record struct Stamp(long Ticks, long Length)
    {
        public static Stamp Of(string path)
        {
            var info = new FileInfo(path);
            return info.Exists ? new Stamp(info.LastWriteTimeUtc.Ticks, info.Length) : default;
        }
    }
}
