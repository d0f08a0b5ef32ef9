using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using RocketAspire.Client;
using RocketAspire.Console.Cluster;
using RocketAspire.Console.Messages;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Components.Parts;

/// <summary>A page that reads through a topic: what it finds is shown while it goes on, can be stopped, and downloaded whole.</summary>
public abstract class SearchPage : LivePage
{
    protected const int PageSize = 20;

    /// <summary>As it is first sent, a page waits so long for what it shows; then it is sent without, and goes on once it is live.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);

    [Inject] protected NavigationManager Navigation { get; set; } = null!;

    [Inject] protected MessageLookup Lookup { get; set; } = null!;

    [Inject] private ExportDesk Desk { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    protected RowSearch? Search { get; private set; }

    protected LongWork? Export { get; private set; }

    /// <summary>From 0.</summary>
    protected int PageIndex { get; set; }

    protected override void OnDisposed()
    {
        Search?.Dispose();
        Export?.Dispose();
    }

    /// <summary>Begins a search; one that is under way ends.</summary>
    protected async Task StartSearchAsync(TopicScan scan)
    {
        EndSearch();
        var search = new RowSearch();
        Search = search;
        var running = Task.Run(() => search.RunAsync((tell, stop) => Gateway.Admin.Messages.ScanAsync(scan with { NewestFirst = true, Progress = tell }, stop), SayFault));
        // What is quick is there at once; the rest is drawn by its bar as it comes.
        await Task.WhenAny(running, Task.Delay(FirstWait));
        if (!RendererInfo.IsInteractive) search.Work.Cancel();
    }

    protected void EndSearch()
    {
        Search?.Dispose();
        (Search, PageIndex) = (null, 0);
    }

    /// <summary>Has the browser download messages.</summary>
    /// <param name="name">Of the file, without its ending.</param>
    /// <param name="format">Of the file.</param>
    /// <param name="messages">What is in it.</param>
    protected async Task DownloadAsync(string name, ExportFormat format, Func<LongWork, IAsyncEnumerable<MessageRecord>> messages)
    {
        if (Export is { IsRunning: true }) return;
        var work = new LongWork();
        Export = work;
        var safe = new string([.. name.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_')]);
        var address = Desk.Leave(new ExportOrder($"{safe}.{(format == ExportFormat.Csv ? "csv" : "json")}", format, messages, work));
        await Js.InvokeVoidAsync("rocketaspire.download", work.Token, address);
    }

    /// <summary>All messages of a scan, which tells the work how far it is.</summary>
    protected IAsyncEnumerable<MessageRecord> All(TopicScan scan, LongWork work) =>
        Gateway.Admin.Messages.ScanAsync(scan with { Progress = progress => work.Advance(progress.Done, progress.Total) }, work.Token);

    /// <summary>Certain messages, each read when its turn comes.</summary>
    protected async IAsyncEnumerable<MessageRecord> Chosen(IReadOnlyCollection<string> offsetIds, LongWork work, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var done = 0;
        foreach (var id in offsetIds)
        {
            work.Advance(done++, offsetIds.Count);
            if (await Lookup.GetAsync(id, work.Token) is { } record) yield return record;
            else work.Note($"{id}: {L["is not there any more"]}");
        }

        work.Advance(done, offsetIds.Count);
    }

    protected string? SayFault(Exception e) => ClusterReader.IsClusterFault(e) || e is ArgumentException ? Say(e) : null;
}
