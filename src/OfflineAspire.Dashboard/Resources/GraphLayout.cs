namespace OfflineAspire.Dashboard.Resources;

/// <summary>Where something stands, in the drawing's units.</summary>
public readonly record struct Place(double X, double Y, double Width, double Height)
{
    public double Middle => X + (Width / 2);

    public double Bottom => Y + Height;
}

/// <summary>A line from who needs something to what it needs.</summary>
/// <param name="IsReference">It is given the other's address; else it only waits for it.</param>
public sealed record GraphEdge(ResourceState From, ResourceState To, bool IsReference, Place Start, Place End);

/// <summary>Places resources in rows, each above those that it needs, and children in a box of their parent's.</summary>
public sealed class GraphLayout
{
    public const double NodeWidth = 176;
    public const double NodeHeight = 54;
    private const double Gap = 22;
    private const double RowGap = 70;
    private const double TitleHeight = 40;
    private const int Columns = 4;
    private const double Margin = 4;

    public GraphLayout(ResourceList resources, bool narrow)
    {
        var roots = new List<Group>();
        foreach (var row in resources.Rows)
        {
            if (row.Depth == 0) roots.Add(new Group(row.Resource));
            else roots[^1].Children.Add(row.Resource);
        }

        var owner = roots.SelectMany(static g => g.Members.Select(m => (m.Id, Group: g))).ToDictionary(static m => m.Id, static m => m.Group, StringComparer.Ordinal);
        var needs = Needs(resources).ToList();
        PlaceRows(LevelsOf(roots, owner, needs), narrow);
        Edges = [.. needs.Where(n => owner[n.From.Id] != owner[n.To.Id]).Select(n => new GraphEdge(n.From, n.To, n.IsReference, Nodes[n.From.Id].Place, Boxes.GetValueOrDefault(n.To.Id, Nodes[n.To.Id]).Place))];
    }

    public double Width { get; private set; }

    public double Height { get; private set; }

    /// <summary>All resources by id; those with children stand at the head of their box.</summary>
    public Dictionary<string, (ResourceState Resource, Place Place)> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>Of those with children.</summary>
    public Dictionary<string, (ResourceState Resource, Place Place)> Boxes { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<GraphEdge> Edges { get; }

    // Who waits for what it refers to has one line.
    private static IEnumerable<(ResourceState From, ResourceState To, bool IsReference)> Needs(ResourceList resources)
    {
        foreach (var from in resources.All)
        {
            foreach (var group in from.Message.Relationships.Where(static r => r.Type is "WaitFor" or "Reference").GroupBy(static r => r.ResourceName, StringComparer.OrdinalIgnoreCase))
            {
                if (resources.Find(group.Key) is { } to && to != from) yield return (from, to, group.Any(static r => r.Type == "Reference"));
            }
        }
    }

    private static List<List<Group>> LevelsOf(List<Group> roots, Dictionary<string, Group> owner, List<(ResourceState From, ResourceState To, bool IsReference)> needs)
    {
        // As often as there are groups: a circle ends there.
        for (var round = 0; round < roots.Count; round++)
        {
            foreach (var (from, to, _) in needs)
            {
                var (upper, lower) = (owner[from.Id], owner[to.Id]);
                if (upper != lower && upper.Level <= lower.Level && lower.Level + 1 < roots.Count) upper.Level = lower.Level + 1;
            }
        }

        return [.. roots.GroupBy(static g => g.Level).OrderByDescending(static g => g.Key).Select(static g => g.ToList())];
    }

    private void PlaceRows(List<List<Group>> levels, bool narrow)
    {
        var columns = narrow ? 1 : Columns;
        var rows = levels.SelectMany(level => level.Chunk(narrow ? 2 : 5)).ToList();
        Width = rows.Select(row => row.Sum(g => g.WidthIn(columns) + Gap) - Gap).DefaultIfEmpty(NodeWidth).Max() + (2 * Margin);
        var top = Margin;
        foreach (var row in rows)
        {
            var left = (Width - (row.Sum(g => g.WidthIn(columns) + Gap) - Gap)) / 2;
            foreach (var group in row)
            {
                PlaceGroup(group, left, top, columns);
                left += group.WidthIn(columns) + Gap;
            }

            top += row.Max(g => g.HeightIn(columns)) + RowGap;
        }

        Height = Math.Max(NodeHeight, top - RowGap) + Margin;
    }

    private void PlaceGroup(Group group, double left, double top, int columns)
    {
        var place = new Place(left, top, group.WidthIn(columns), group.HeightIn(columns));
        if (group.Children.Count == 0)
        {
            Nodes[group.Root.Id] = (group.Root, place);
            return;
        }

        Boxes[group.Root.Id] = (group.Root, place);
        Nodes[group.Root.Id] = (group.Root, place with { Height = TitleHeight });
        for (var i = 0; i < group.Children.Count; i++)
        {
            var (row, column) = Math.DivRem(i, columns);
            Nodes[group.Children[i].Id] = (group.Children[i], new Place(left + (Gap / 2) + (column * (NodeWidth + (Gap / 2))), top + TitleHeight + (row * (NodeHeight + (Gap / 2))), NodeWidth, NodeHeight));
        }
    }

    private sealed class Group(ResourceState root)
    {
        public ResourceState Root => root;

        public List<ResourceState> Children { get; } = [];

        public IEnumerable<ResourceState> Members => Children.Prepend(root);

        /// <summary>0 needs nobody.</summary>
        public int Level { get; set; }

        public double WidthIn(int columns) => Children.Count == 0 ? NodeWidth : (Math.Min(columns, Children.Count) * (NodeWidth + (Gap / 2))) + (Gap / 2);

        public double HeightIn(int columns) => Children.Count == 0 ? NodeHeight : TitleHeight + (Math.Ceiling(Children.Count / (double)columns) * (NodeHeight + (Gap / 2)));
    }
}
