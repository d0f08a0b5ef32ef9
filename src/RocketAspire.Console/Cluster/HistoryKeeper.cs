using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace RocketAspire.Console.Cluster;

/// <summary>Keeps history over restarts: one small file a cluster, written as a whole beside its place and renamed, once a minute and at the end.</summary>
public sealed class HistoryKeeper(ConsoleOptions options, RateHistory history, TimeProvider time, ILogger<HistoryKeeper> logger) : BackgroundService
{
    /// <summary>Of clusters that came and went, only so many files stay.</summary>
    public const int MaxFiles = 20;

    private const string Extension = ".history";
    private const string Magic = "RocketAspire history 1";
    private const string End = "end";
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeptFiles = TimeSpan.FromDays(30);

    private readonly Lock _lock = new();

    // Guarded by _lock; null until the cluster is known, or when nothing is kept.
    private string? _path;
    private string? _key;

    /// <summary>From now on measurements are of this cluster: what is known of it is read, what was of another one is saved.</summary>
    /// <param name="cluster">Its names and its name servers, in one order.</param>
    public void Use(string cluster)
    {
        lock (_lock)
        {
            if (_key == cluster) return;
            if (_key is not null)
            {
                Save();
                history.Clear();
            }

            _key = cluster;
            if (options.DataFolder is not { } folder) return;
            _path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cluster)).AsSpan(0, 8)) + Extension);
            Load(_path);
            Prune(folder, _path);
        }
    }

    /// <summary>Writes what is known now.</summary>
    public void Save()
    {
        lock (_lock)
        {
            if (_path is null) return;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                var temporary = $"{_path}.{Environment.ProcessId}.tmp";
                using (var file = new FileStream(temporary, FileMode.Create))
                {
                    using (var writer = new BinaryWriter(new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true)))
                    {
                        writer.Write(Magic);
                        history.Write(writer);
                        writer.Write(End);
                    }

                    file.Flush(flushToDisk: true);
                }

                File.Move(temporary, _path, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.HistoryNotKept(logger, e.Message.ReplaceLineEndings(" "));
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.DataFolder is null) return;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) Save();
        }
        catch (OperationCanceledException)
        {
            Save();
        }
    }

    private void Load(string path)
    {
        if (!File.Exists(path)) return;
        try
        {
            using var reader = new BinaryReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            if (reader.ReadString() != Magic) throw new InvalidDataException("not a file of history");
            var read = new RateHistory();
            read.Read(reader);
            // What comes behind the end is the checksum of all of it.
            if (reader.ReadString() != End || reader.BaseStream.ReadByte() >= 0) throw new InvalidDataException("its end is missing");
            // What was measured since this console started is of the same cluster, but a moment only.
            history.TakeFrom(read);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            Log.HistoryDamaged(logger, path, e.Message.ReplaceLineEndings(" "));
            TryMove(path, path + ".damaged");
        }
    }

    private static void TryMove(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is overwritten in a minute.
        }
    }

    private void Prune(string folder, string own)
    {
        try
        {
            if (!Directory.Exists(folder)) return;
            var oldest = time.GetUtcNow() - KeptFiles;
            var others = new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Name.Contains(Extension, StringComparison.Ordinal) && file.FullName != own).OrderByDescending(static file => file.LastWriteTimeUtc).ToList();
            foreach (var file in others.Where((file, i) => i >= MaxFiles || file.LastWriteTimeUtc < oldest)) file.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.HistoryNotKept(logger, e.Message.ReplaceLineEndings(" "));
        }
    }
}
