using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace OfflineAspire.Dashboard.Components.Parts;

/// <summary>SVG's text element: in Razor the tag of that name means something else.</summary>
public sealed class SvgText : ComponentBase
{
    [Parameter, EditorRequired] public string Value { get; set; } = "";

    [Parameter(CaptureUnmatchedValues = true)] public IReadOnlyDictionary<string, object>? Attributes { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddMultipleAttributes(1, Attributes);
        builder.AddContent(2, Value);
        builder.CloseElement();
    }
}
