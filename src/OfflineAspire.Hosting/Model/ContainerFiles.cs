namespace Aspire.Hosting.ApplicationModel;

public sealed class ContainerFileSystemCallbackAnnotation : IResourceAnnotation
{
    public required string DestinationPath { get; init; }

    public int? DefaultOwner { get; init; }

    public int? DefaultGroup { get; init; }

    public UnixFileMode? Umask { get; set; }

    public required Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> Callback { get; init; }
}

public sealed class ContainerFileSystemCallbackContext
{
    public required IServiceProvider Services { get; init; }

    public required IResource Model { get; init; }
}

public abstract class ContainerFileSystemItem
{
    private string _name = "";

    /// <summary>A single path segment.</summary>
    public string Name
    {
        get => _name;
        set => _name = string.IsNullOrEmpty(value) || Path.GetFileName(value) != value
            ? throw new ArgumentException($"'{value}' is not a single file name.", nameof(value)) : value;
    }

    public int? Owner { get; set; }

    public int? Group { get; set; }

    /// <summary>Permission bits; 0 means the default of the umask (0644 for a file, 0755 for a directory with umask 022).</summary>
    public UnixFileMode Mode { get; set; }
}

public abstract class ContainerFileBase : ContainerFileSystemItem
{
    public string? Contents { get; set; }

    public string? SourcePath { get; set; }
}

public sealed class ContainerFile : ContainerFileBase;

public sealed class ContainerDirectory : ContainerFileSystemItem
{
    public IEnumerable<ContainerFileSystemItem> Entries { get; set; } = [];

    public static IEnumerable<ContainerFileSystemItem> GetFileSystemItemsFromPath(string path, string searchPattern = "*",
        SearchOption searchOptions = SearchOption.TopDirectoryOnly, Action<ContainerFileSystemItem>? updateItem = null)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return [Updated(new ContainerFile { Name = Path.GetFileName(full), SourcePath = full })];
        }
        if (!Directory.Exists(full))
        {
            throw new InvalidOperationException($"The path '{path}' does not exist.");
        }
        return FromDirectory(full);

        List<ContainerFileSystemItem> FromDirectory(string directory)
        {
            var items = new List<ContainerFileSystemItem>();
            foreach (string file in Directory.EnumerateFiles(directory, searchPattern).Order(StringComparer.Ordinal))
            {
                items.Add(Updated(new ContainerFile { Name = Path.GetFileName(file), SourcePath = file }));
            }
            foreach (string inner in searchOptions == SearchOption.AllDirectories
                ? Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
            {
                if (FromDirectory(inner) is { Count: > 0 } entries)
                {
                    items.Add(Updated(new ContainerDirectory { Name = Path.GetFileName(inner), Entries = entries }));
                }
            }
            return items;
        }

        ContainerFileSystemItem Updated(ContainerFileSystemItem item)
        {
            updateItem?.Invoke(item);
            return item;
        }
    }
}

public class ManifestPublishingCallbackAnnotation : IResourceAnnotation
{
    private ManifestPublishingCallbackAnnotation() { }

    public static ManifestPublishingCallbackAnnotation Ignore { get; } = new();
}
