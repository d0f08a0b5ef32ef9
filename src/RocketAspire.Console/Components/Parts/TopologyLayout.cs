using RocketAspire.Console.Cluster;

namespace RocketAspire.Console.Components.Parts;

/// <summary>Where a card stands, in the drawing's units.</summary>
public readonly record struct Place(double X, double Y, double Width, double Height)
{
    public double Middle => X + (Width / 2);

    public double Bottom => Y + Height;
}

/// <summary>Places name servers in rows at the top, groups below, and in each group its master above what copies it.</summary>
public sealed class TopologyLayout
{
    public const double NodeWidth = 256;
    public const double NodeHeight = 78;
    private const double Gap = 16;
    private const double LinkHeight = 44;
    private const double ServerWidth = 176;
    private const double ServerHeight = 44;
    private const double TitleHeight = 38;

    public TopologyLayout(IReadOnlyList<NameServerState> nameServers, IReadOnlyList<BrokerGroup> groups, bool narrow)
    {
        // One group alone has room for its replicas side by side.
        var replicaColumns = narrow || groups.Count > 1 ? 1 : Math.Clamp(groups.Sum(static group => group.Nodes.Count) - 1, 1, 3);
        var columns = narrow ? 1 : Math.Clamp(groups.Count, 1, 3);
        var groupWidth = (replicaColumns * (NodeWidth + Gap)) + Gap;
        Width = Math.Max((columns * (groupWidth + Gap)) - Gap, narrow ? 0 : 2 * (ServerWidth + Gap));
        var top = PlaceServers(nameServers, narrow) + 40;
        foreach (var row in groups.Chunk(columns))
        {
            var height = row.Max(group => HeightOf(group, replicaColumns));
            var left = (Width - ((row.Length * (groupWidth + Gap)) - Gap)) / 2;
            foreach (var (group, i) in row.Select(static (group, i) => (group, i)))
            {
                var box = new Place(left + (i * (groupWidth + Gap)), top, groupWidth, height);
                Groups.Add((group, box));
                PlaceNodes(group, box, replicaColumns);
            }

            top += height + Gap;
        }

        Height = top;
    }

    public double Width { get; }

    public double Height { get; }

    public List<(NameServerState Server, Place Place)> Servers { get; } = [];

    public List<(BrokerGroup Group, Place Place)> Groups { get; } = [];

    public List<(BrokerGroup Group, NodeState Node, Place Place)> Nodes { get; } = [];

    private double PlaceServers(IReadOnlyList<NameServerState> nameServers, bool narrow)
    {
        var width = narrow ? (Width - Gap) / 2 : ServerWidth;
        var perRow = Math.Max(1, (int)((Width + Gap) / (width + Gap)));
        var top = 4.0;
        foreach (var row in nameServers.Chunk(perRow))
        {
            var left = (Width - ((row.Length * (width + Gap)) - Gap)) / 2;
            for (var i = 0; i < row.Length; i++) Servers.Add((row[i], new Place(left + (i * (width + Gap)), top, width, ServerHeight)));
            top += ServerHeight + Gap;
        }

        return top - Gap;
    }

    private static double HeightOf(BrokerGroup group, int replicaColumns) =>
        TitleHeight + NodeHeight + (Math.Ceiling((group.Nodes.Count - 1) / (double)replicaColumns) * (NodeHeight + LinkHeight)) + Gap;

    private void PlaceNodes(BrokerGroup group, Place box, int replicaColumns)
    {
        // Without a master its place belongs to the first of the others.
        var ordered = group.Nodes.OrderByDescending(node => node == group.Master).ToList();
        for (var i = 0; i < ordered.Count; i++)
        {
            var y = box.Y + TitleHeight;
            if (i == 0)
            {
                Nodes.Add((group, ordered[i], new Place(box.Middle - (NodeWidth / 2), y, NodeWidth, NodeHeight)));
                continue;
            }

            var (row, column) = Math.DivRem(i - 1, replicaColumns);
            var inRow = Math.Min(replicaColumns, ordered.Count - 1 - (row * replicaColumns));
            var left = box.Middle - ((inRow * (NodeWidth + Gap)) - Gap) / 2;
            Nodes.Add((group, ordered[i], new Place(left + (column * (NodeWidth + Gap)), y + ((row + 1) * (NodeHeight + LinkHeight)), NodeWidth, NodeHeight)));
        }
    }
}
