using System.Collections.Immutable;
using OfflineAspire.ResourceProtocol;

namespace OfflineAspire.Dashboard.Resources;

/// <summary>All resources as they are now, and whether the AppHost still tells of them.</summary>
public sealed class ResourceStore
{
    private readonly Lock _gate = new();
    private ImmutableDictionary<string, ResourceState> _byId = ImmutableDictionary<string, ResourceState>.Empty;
    private volatile ResourceList _current = ResourceList.Empty;

    /// <summary>Raised on any thread when something changed.</summary>
    public event Action? Changed;

    public ResourceList Current => _current;

    /// <summary>Why the AppHost isn't heard; null when it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>The application's name, once the AppHost told it.</summary>
    public string Application { get; private set; } = "";

    public void Connected(string application)
    {
        Application = application;
        Problem = null;
        Changed?.Invoke();
    }

    public void Lost(string problem)
    {
        Problem = problem;
        Changed?.Invoke();
    }

    public void Apply(WatchResourcesUpdate update)
    {
        lock (_gate)
        {
            switch (update.KindCase)
            {
                case WatchResourcesUpdate.KindOneofCase.InitialData:
                    _byId = update.InitialData.Resources.ToImmutableDictionary(static r => r.Name, ResourceState.Of, StringComparer.Ordinal);
                    break;
                case WatchResourcesUpdate.KindOneofCase.Changes:
                    foreach (var change in update.Changes.Value)
                    {
                        if (change.Upsert is { } upsert) _byId = _byId.SetItem(upsert.Name, ResourceState.Of(upsert));
                        else if (change.Delete is { } delete) _byId = _byId.Remove(delete.ResourceName);
                    }

                    break;
                default:
                    return;
            }

            _current = new ResourceList(_byId.Values);
        }

        Changed?.Invoke();
    }
}

/// <summary>Resources in the order in which they are shown: parents, each with its children behind it, by name.</summary>
public sealed class ResourceList
{
    private readonly Dictionary<string, ResourceState> _byId;
    private readonly ILookup<string?, ResourceState> _children;

    public ResourceList(IEnumerable<ResourceState> resources)
    {
        var shown = resources.Where(static r => !r.Message.IsHidden).ToList();
        _byId = shown.ToDictionary(static r => r.Id, StringComparer.OrdinalIgnoreCase);
        _children = shown.OrderBy(static r => r.Name, StringComparer.OrdinalIgnoreCase).ToLookup(r => r.ParentId is { } parent && Find(parent) is { } p && p.Id != r.Id ? p.Id : null, StringComparer.OrdinalIgnoreCase);
        var rows = new List<ResourceRow>();
        Add(null, 0, rows);
        // Who is its own grandparent has no place in the tree, and is shown all the same.
        rows.AddRange(shown.Where(r => rows.TrueForAll(row => row.Resource != r)).Select(static r => new ResourceRow(r, 0, false)));
        Rows = rows;
    }

    public static ResourceList Empty { get; } = new([]);

    public IReadOnlyList<ResourceRow> Rows { get; }

    public IEnumerable<ResourceState> All => Rows.Select(static row => row.Resource);

    /// <summary>By id, or by name.</summary>
    public ResourceState? Find(string? idOrName) => idOrName is null ? null
        : _byId.GetValueOrDefault(idOrName) ?? _byId.Values.FirstOrDefault(r => string.Equals(r.Name, idOrName, StringComparison.OrdinalIgnoreCase));

    private void Add(string? parent, int depth, List<ResourceRow> rows)
    {
        foreach (var resource in _children[parent])
        {
            rows.Add(new ResourceRow(resource, depth, _children[resource.Id].Any()));
            Add(resource.Id, depth + 1, rows);
        }
    }
}

/// <summary>One line of the tree.</summary>
public sealed record ResourceRow(ResourceState Resource, int Depth, bool HasChildren);
