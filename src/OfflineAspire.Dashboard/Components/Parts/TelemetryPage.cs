using Microsoft.AspNetCore.Components;
using OfflineAspire.Dashboard.Telemetry;

namespace OfflineAspire.Dashboard.Components.Parts;

/// <summary>A page that shows telemetry, drawn anew while it comes in unless its reader holds it still.</summary>
public abstract class TelemetryPage : LivePage
{
    /// <summary>Services send every second or so: to draw more often would show nothing more.</summary>
    protected override TimeSpan BetweenDrawings => TimeSpan.FromMilliseconds(500);

    [Inject] protected TelemetryStore Telemetry { get; set; } = null!;

    protected bool IsHeld { get; set; }

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Telemetry.Changed += OnReceived;
    }

    protected override void Dispose(bool disposing)
    {
        Telemetry.Changed -= OnReceived;
        base.Dispose(disposing);
    }

    protected override void OnParametersSet() => Refresh();

    /// <summary>Colours that tell services apart, the same one on each page.</summary>
    protected string ColourOf(TelemetrySource source) => Palette.At(Telemetry.Sources.Select(static s => s.Service).Distinct(StringComparer.Ordinal).ToList().IndexOf(source.Service));

    private void OnReceived()
    {
        if (!IsHeld) RedrawSoon();
    }
}

/// <summary>Colours of lines and bars.</summary>
public static class Palette
{
    private static readonly string[] Colours = ["#d9541e", "#2f7ed8", "#1d9a5b", "#a05bd0", "#c99a06", "#12939a", "#d03a7c", "#7a8794", "#6b8e23", "#b5651d"];

    public static string At(int index) => Colours[Math.Max(0, index) % Colours.Length];
}
