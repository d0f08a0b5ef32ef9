using Microsoft.AspNetCore.Components;
using MudBlazor;
using OfflineAspire.Dashboard.Resources;
using OfflineAspire.Dashboard.Text;
using OfflineAspire.ResourceProtocol;

namespace OfflineAspire.Dashboard.Components.Parts;

/// <summary>A page that is drawn again when what it shows changed, but not more often than one can read.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _leaving = new();

    // 1 while a drawing is on its way.
    private int _pending;

    [Inject] protected Preferences L { get; set; } = null!;

    [Inject] protected ISnackbar Snackbar { get; set; } = null!;

    [Inject] protected IDialogService Dialogs { get; set; } = null!;

    [Inject] protected NavigationManager Navigation { get; set; } = null!;

    [Inject] internal ResourceStore Store { get; set; } = null!;

    [Inject] internal AppHostClient AppHost { get; set; } = null!;

    /// <summary>The least time from one drawing to the next.</summary>
    protected virtual TimeSpan BetweenDrawings => TimeSpan.FromMilliseconds(150);

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Leaving => _leaving.Token;

    protected ResourceList Resources => Store.Current;

    protected override void OnInitialized()
    {
        L.Changed += RedrawSoon;
        Store.Changed += RedrawSoon;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        L.Changed -= RedrawSoon;
        Store.Changed -= RedrawSoon;
        _leaving.Cancel();
    }

    /// <summary>Reads anew what the page shows, before each drawing.</summary>
    protected virtual void Refresh()
    {
    }

    protected void RedrawSoon()
    {
        if (Interlocked.Exchange(ref _pending, 1) == 0) _ = RedrawAsync();
    }

    /// <summary>Asks where the command wants it, runs it, and says what came of it.</summary>
    protected async Task RunAsync(ResourceState resource, ResourceCommand command)
    {
        if (command.ConfirmationMessage is { Length: > 0 } question)
        {
            var parameters = new DialogParameters { [nameof(ConfirmDialog.Question)] = question, [nameof(ConfirmDialog.Explanation)] = command.DisplayDescription, [nameof(ConfirmDialog.Action)] = command.DisplayName };
            var dialog = await Dialogs.ShowAsync<ConfirmDialog>($"{resource.Name}: {L[command.DisplayName]}", parameters);
            if (await dialog.Result is not { Canceled: false }) return;
        }

        Snackbar.Add($"{resource.Name}: {L[command.DisplayName]} …", Severity.Info, static options => options.VisibleStateDuration = 1_500);
        var response = await AppHost.ExecuteAsync(resource, command);
        if (_leaving.IsCancellationRequested) return;
        switch (response.Kind)
        {
            case ResourceCommandResponseKind.Succeeded:
                Snackbar.Add($"{resource.Name}: {L[command.DisplayName]} · {(response.Message.Length > 0 ? response.Message : L["done"])}", Severity.Success);
                break;
            case ResourceCommandResponseKind.Cancelled:
                Snackbar.Add($"{resource.Name}: {L[command.DisplayName]} · {L["cancelled"]}", Severity.Warning);
                break;
            default:
                Snackbar.Add($"{resource.Name}: {L[command.DisplayName]} · {response.Message}", Severity.Error, static options => options.VisibleStateDuration = 15_000);
                break;
        }

        if (response.Result is { Value.Length: > 0 } result)
            await Dialogs.ShowAsync<ResultDialog>($"{resource.Name}: {L[command.DisplayName]}", new DialogParameters { [nameof(ResultDialog.Text)] = result.Value });
    }

    private async Task RedrawAsync()
    {
        await Task.Delay(BetweenDrawings, CancellationToken.None);
        await InvokeAsync(() =>
        {
            Interlocked.Exchange(ref _pending, 0);
            if (_leaving.IsCancellationRequested) return;
            Refresh();
            StateHasChanged();
        });
    }
}
