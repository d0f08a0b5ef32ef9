using Microsoft.AspNetCore.Components;
using MudBlazor;
using RocketAspire.Client;
using RocketAspire.Console.Cluster;
using RocketAspire.Console.Text;

namespace RocketAspire.Console.Components.Parts;

/// <summary>A page that is drawn again after each poll, and whose buttons work once a click.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private bool _disposed;

    [Inject] protected Preferences L { get; set; } = null!;

    [Inject] protected ClusterPoller Poller { get; set; } = null!;

    [Inject] protected ClusterGateway Gateway { get; set; } = null!;

    [Inject] protected ClusterActions Actions { get; set; } = null!;

    [Inject] protected ISnackbar Snackbar { get; set; } = null!;

    [Inject] protected IDialogService Dialogs { get; set; } = null!;

    protected ClusterSnapshot Now => Poller.Current;

    /// <summary>Something is under way: buttons wait for it.</summary>
    protected bool Busy { get; private set; }

    /// <summary>Why the page's own question has no answer; null when it has.</summary>
    protected string? Problem { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Poller.Changed += OnPolled;
        L.Changed += Redraw;
        if (Now.At == default) await Poller.FirstAsync();
    }

    protected override Task OnParametersSetAsync() => RefreshAsync();

    public void Dispose()
    {
        _disposed = true;
        Poller.Changed -= OnPolled;
        L.Changed -= Redraw;
        OnDisposed();
        GC.SuppressFinalize(this);
    }

    /// <summary>The page is left, or its circuit is lost for good: what it began ends.</summary>
    protected virtual void OnDisposed()
    {
    }

    /// <summary>Asks what only this page shows; after each poll too.</summary>
    protected virtual Task RefreshAsync() => Task.CompletedTask;

    /// <summary>Does something that may fail, once at a time; tells what came of it.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="done">What to say then; null says nothing.</param>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> RunAsync(Func<Task> work, string? done = null)
    {
        if (Busy) return false;
        Busy = true;
        try
        {
            await work();
            if (done is not null) Snackbar.Add(done, Severity.Success);
            return true;
        }
        catch (Exception e) when (ClusterReader.IsClusterFault(e) || e is ArgumentException)
        {
            Snackbar.Add(Say(e), Severity.Error, static options => options.VisibleStateDuration = 15_000);
            return false;
        }
        finally
        {
            Busy = false;
        }
    }

    /// <summary>Asks with the name typed.</summary>
    protected async Task<bool> ConfirmAsync(string title, string name, string explanation)
    {
        var parameters = new DialogParameters { [nameof(ConfirmDialog.Name)] = name, [nameof(ConfirmDialog.Explanation)] = explanation };
        var dialog = await Dialogs.ShowAsync<ConfirmDialog>(title, parameters);
        return await dialog.Result is { Canceled: false };
    }

    /// <summary>Reads for this page; a failure stands on the page until the next time.</summary>
    protected async Task LookAsync(Func<Task> look)
    {
        try
        {
            await look();
            Problem = null;
        }
        catch (Exception e) when (ClusterReader.IsClusterFault(e) || e is ArgumentException)
        {
            Problem = Say(e);
        }
    }

    protected string Say(Exception e) => AclRefusal.Of(e) is { } refusal ? $"{(e is NotTakenException ? $"{L["nothing was changed, for"]} " : "")}{L[refusal.Reason]} {refusal.Subject} → {L[refusal.Advice]}" : e is RocketMQException { Advice: { } advice } ? $"{e.Message}. → {advice}" : e.Message;

    private void Redraw() => _ = InvokeAsync(StateHasChanged);

    private void OnPolled() => _ = InvokeAsync(async () =>
    {
        if (_disposed) return;
        if (!Busy && Now.Problem is null) await RefreshAsync();
        if (!_disposed) StateHasChanged();
    });
}
