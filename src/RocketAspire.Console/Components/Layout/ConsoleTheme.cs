using MudBlazor;

namespace RocketAspire.Console.Components.Layout;

/// <summary>Colours and the machine's own fonts: nothing is fetched from elsewhere.</summary>
internal static class ConsoleTheme
{
    private static readonly string[] Fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight { Primary = "#a83608", Error = "#b3261e", Secondary = "#2f5f9e", Background = "#f7f8fa", Surface = "#ffffff", AppbarBackground = "#ffffff", AppbarText = "#1d2733", DrawerBackground = "#f7f8fa", TextPrimary = "#1d2733", TextSecondary = "#5a6675" },
        PaletteDark = new PaletteDark { Primary = "#ff8a57", PrimaryContrastText = "#20110a", Error = "#ff8a80", ErrorContrastText = "#250806", Secondary = "#7fb2f0", Background = "#161b22", Surface = "#222933", AppbarBackground = "#222933", AppbarText = "#e7ebf0", DrawerBackground = "#161b22", TextPrimary = "#e7ebf0", TextSecondary = "#a3afbd" },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = Fonts }, Button = new ButtonTypography { TextTransform = "none" } },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px" },
    };
}
