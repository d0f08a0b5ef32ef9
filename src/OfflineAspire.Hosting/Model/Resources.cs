using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

public interface IResource
{
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}

public interface IResourceAnnotation;

public interface IResourceBuilder<out T> where T : IResource
{
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    T Resource { get; }

    IResourceBuilder<T> WithAnnotation<TAnnotation>(ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
        where TAnnotation : IResourceAnnotation, new() => WithAnnotation(new TAnnotation(), behavior);

    IResourceBuilder<T> WithAnnotation<TAnnotation>(
        TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
        where TAnnotation : IResourceAnnotation;
}

public interface IResourceCollection : IList<IResource>
{
    bool TryGetByName(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IResource? resource);
}

public abstract class Resource : IResource
{
    protected Resource(string name)
    {
        ModelName.Validate(nameof(Resource), name);
        Name = name;
    }

    public virtual string Name { get; }

    public virtual ResourceAnnotationCollection Annotations { get; } = [];

    /// <summary>Type and name, for logs and the debugger.</summary>
    public override string ToString() => $"{GetType().Name} '{Name}'";
}

public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>
{
    // Annotations are added while events of other resources enumerate them: each change replaces the list behind the collection.
    private readonly Lock _gate = new();

    public ResourceAnnotationCollection() : base(new CopyOnWriteList<IResourceAnnotation>()) { }

    protected override void InsertItem(int index, IResourceAnnotation item)
    {
        lock (_gate)
        {
            base.InsertItem(Math.Min(index, Count), item);
        }
    }

    protected override void RemoveItem(int index)
    {
        lock (_gate)
        {
            base.RemoveItem(index);
        }
    }

    protected override void SetItem(int index, IResourceAnnotation item)
    {
        lock (_gate)
        {
            base.SetItem(index, item);
        }
    }

    protected override void ClearItems()
    {
        lock (_gate)
        {
            base.ClearItems();
        }
    }
}

public enum ResourceAnnotationMutationBehavior
{
    Append = 0,
    Replace = 1,
}

public interface IResourceWithEndpoints : IResource;

public interface IResourceWithEnvironment : IResource;

public interface IResourceWithArgs : IResource;

public interface IResourceWithWaitSupport : IResource;

public interface IResourceWithoutLifetime : IResource;

public interface IComputeResource : IResource;

public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

public interface IResourceWithParent<out T> : IResourceWithParent where T : IResource
{
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}

public interface IResourceWithConnectionString : IResource, IExpressionValue, IValueWithReferences
{
    ReferenceExpression ConnectionStringExpression { get; }

    string? ConnectionStringEnvironmentVariable => null;

    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ConnectionStringExpression.GetValueAsync(cancellationToken);

    IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => [];

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) =>
        ConnectionStringExpression.GetValueAsync(context, cancellationToken);

    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

    IEnumerable<object> IValueWithReferences.References => [ConnectionStringExpression];
}

public class DistributedApplicationModel
{
    public DistributedApplicationModel(IResourceCollection resources) => Resources = resources;

    public DistributedApplicationModel(IEnumerable<IResource> resources) => Resources = new ResourceCollection(resources);

    public IResourceCollection Resources { get; }
}

public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    public ExecutableResource(string name, string command, string workingDirectory) : base(name)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        ArgumentNullException.ThrowIfNull(workingDirectory);
        Annotations.Add(new ExecutableAnnotation { Command = command, WorkingDirectory = workingDirectory });
    }

    public string Command => Launch.Command;

    public string WorkingDirectory => Launch.WorkingDirectory;

    private ExecutableAnnotation Launch => Annotations.OfType<ExecutableAnnotation>().Last();
}

public class ContainerResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    public ContainerResource(string name, string? entrypoint = null) : base(name) => Entrypoint = entrypoint;

    public string? Entrypoint { get; set; }
}

public class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource
{
    public ProjectResource(string name) : base(name) { }
}

internal static class ModelName
{
    public static void Validate(string kind, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string? wrong = name.Length > 64 ? "must be at most 64 characters long"
            : !char.IsAsciiLetter(name[0]) ? "must start with an ASCII letter"
            : name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-') ? "must hold only ASCII letters, digits and hyphens"
            : name.EndsWith('-') ? "must not end with a hyphen"
            : name.Contains("--", StringComparison.Ordinal) ? "must not hold two hyphens in a row" : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"{kind} name '{name}' is invalid: it {wrong}.", nameof(name));
        }
    }
}

internal sealed class CopyOnWriteList<T> : IList<T>
{
    private volatile T[] _items = [];

    public int Count => _items.Length;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => _items[index];
        set
        {
            T[] copy = [.. _items];
            copy[index] = value;
            _items = copy;
        }
    }

    public void Insert(int index, T item) => _items = [.. _items[..index], item, .. _items[index..]];

    public void RemoveAt(int index) => _items = [.. _items[..index], .. _items[(index + 1)..]];

    public void Add(T item) => Insert(Count, item);

    public void Clear() => _items = [];

    public int IndexOf(T item) => Array.IndexOf(_items, item);

    public bool Contains(T item) => IndexOf(item) >= 0;

    public void CopyTo(T[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

    public bool Remove(T item)
    {
        int index = IndexOf(item);
        if (index >= 0)
        {
            RemoveAt(index);
        }
        return index >= 0;
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

internal sealed class ResourceCollection : IResourceCollection
{
    private readonly CopyOnWriteList<IResource> _items = new();

    public ResourceCollection(IEnumerable<IResource>? resources = null)
    {
        foreach (IResource resource in resources ?? [])
        {
            _items.Add(resource);
        }
    }

    public int Count => _items.Count;

    public bool IsReadOnly => false;

    public IResource this[int index] { get => _items[index]; set => _items[index] = value; }

    public bool TryGetByName(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IResource? resource)
    {
        resource = _items.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));
        return resource is not null;
    }

    public void Add(IResource item) => _items.Add(item);

    public void Insert(int index, IResource item) => _items.Insert(index, item);

    public void RemoveAt(int index) => _items.RemoveAt(index);

    public bool Remove(IResource item) => _items.Remove(item);

    public void Clear() => _items.Clear();

    public bool Contains(IResource item) => _items.Contains(item);

    public int IndexOf(IResource item) => _items.IndexOf(item);

    public void CopyTo(IResource[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

    public IEnumerator<IResource> GetEnumerator() => _items.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
