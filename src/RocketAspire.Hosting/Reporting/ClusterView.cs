using System.Threading.Channels;
using Spectre.Console;

namespace RocketAspire.Hosting.Reporting;

/// <summary>One node as the user sees it.</summary>
internal sealed record NodeRow(string Node, string Role, string Address, string State, bool IsBad);

/// <summary>Where the cluster's states are shown.</summary>
internal abstract class ClusterView
{
    /// <summary>The rows known so far, in the nodes' order; <paramref name="changed"/> is the one that is new.</summary>
    public abstract void Show(IReadOnlyList<NodeRow> rows, NodeRow changed);

    /// <summary>No row changes any more before what is written next.</summary>
    public abstract Task CloseAsync();

    public virtual void Line(string text) => Console.Out.WriteLine(text);

    public static ClusterView Create() => Console.IsOutputRedirected ? new PlainView() : new LiveView();

    protected static string Text(NodeRow row) => $"{row.Node,-14} {row.Role,-12} {row.Address,-21} {row.State}";
}

/// <summary>A line a change, for files and pipes.</summary>
internal sealed class PlainView : ClusterView
{
    public override void Show(IReadOnlyList<NodeRow> rows, NodeRow changed) => Line(Text(changed));

    public override Task CloseAsync() => Task.CompletedTask;
}

/// <summary>A table that fills in, for terminals; after its close a line a change.</summary>
internal sealed class LiveView : ClusterView
{
    // Drawing competes with the very processes it waits for.
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromMilliseconds(100);

    private readonly Channel<IReadOnlyList<NodeRow>> _updates = Channel.CreateBounded<IReadOnlyList<NodeRow>>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _drawing;
    private volatile bool _isClosed;

    public LiveView() => _drawing = Task.Run(DrawAsync);

    public override void Show(IReadOnlyList<NodeRow> rows, NodeRow changed)
    {
        if (_isClosed) Line(Text(changed));
        else _updates.Writer.TryWrite(rows);
    }

    public override Task CloseAsync()
    {
        _isClosed = true;
        _updates.Writer.TryComplete();
        _closing.TrySetResult();
        return _drawing;
    }

    private async Task DrawAsync()
    {
        await AnsiConsole.Live(new Table()).StartAsync(async context =>
        {
            await foreach (var rows in _updates.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                context.UpdateTarget(Draw(rows));
                context.Refresh();
                await Task.WhenAny(_closing.Task, Task.Delay(BetweenDrawings)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private static Table Draw(IReadOnlyList<NodeRow> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "role", "address", "state");
        foreach (var row in rows)
        {
            var color = row.IsBad ? Color.Red : row.State == ClusterReporter.ReadyState ? Color.Green : Color.Yellow;
            table.AddRow(new Text(row.Node), new Text(row.Role), new Text(row.Address), new Text(row.State, new Style(color)));
        }
        return table;
    }
}
