namespace RocketAspire.Console.Access;

/// <summary>The users of the file that <c>--auth</c> names, read again when it changes. Without one everybody may do everything.</summary>
public sealed class UserStore : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly ITimer? _watch;
    private volatile UserList? _users;
    private (DateTime At, long Length) _seen;

    private UserStore(string? path, UserList? users, TimeProvider time, ILogger logger)
    {
        _path = path;
        _users = users;
        _logger = logger;
        if (path is null) return;
        _seen = Stamp(path);
        _watch = time.CreateTimer(static self => ((UserStore)self!).Look(), this, LookInterval, LookInterval);
    }

    /// <summary>Raised when users came, went or changed.</summary>
    public event Action? Changed;

    /// <summary>Whether people have to say who they are.</summary>
    public bool IsOn => _path is not null;

    /// <exception cref="InvalidDataException">The file isn't there or is wrong; one line.</exception>
    public static UserStore Open(string? path, TimeProvider time, ILogger logger) => new(path, path is null ? null : Read(path), time, logger);

    public User? Find(string? name) => _users?.Find(name);

    public User? Check(string name, string password) => _users?.Check(name, password);

    /// <summary>Looks whether the file changed; public so that a test need not wait for it.</summary>
    public void Look()
    {
        if (_path is null || Stamp(_path) is var stamp && stamp == _seen) return;
        _seen = stamp;
        try
        {
            _users = Read(_path);
            Log.UsersRead(_logger, _path, _users.Count);
        }
        catch (InvalidDataException e)
        {
            // An editor's half-written file must not lock everybody out.
            Log.UsersWrong(_logger, e.Message);
            return;
        }

        Changed?.Invoke();
    }

    public ValueTask DisposeAsync() => _watch?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static UserList Read(string path)
    {
        try
        {
            return UserList.Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidDataException(e is InvalidDataException ? $"{path}: {e.Message}" : e.Message.ReplaceLineEndings(" "));
        }
    }

    private static (DateTime At, long Length) Stamp(string path)
    {
        var info = new FileInfo(path);
        return info.Exists ? (info.LastWriteTimeUtc, info.Length) : default;
    }
}
