namespace OfflineAspire.Dashboard.Text;

/// <summary>What one person chose: language and colours. Kept in cookies that the cluster's console reads too, and read when the page is first rendered.</summary>
public sealed class Preferences
{
    public const string LanguageCookie = "rocketaspire-lang";
    public const string ThemeCookie = "rocketaspire-theme";

    /// <summary>Raised when a choice is made, so that what is on the screen is drawn again.</summary>
    public event Action? Changed;

    /// <summary>en or zh.</summary>
    public string Language { get; private set; } = "en";

    public bool Dark { get; private set; }

    /// <summary>The text in the chosen language; the English one is its name.</summary>
    public string this[string english] => Language == "zh" && Chinese.Texts.TryGetValue(english, out var text) ? text : english;

    public void Choose(string? language, bool dark)
    {
        var chosen = language == "zh" ? "zh" : "en";
        if (chosen == Language && dark == Dark) return;
        Language = chosen;
        Dark = dark;
        Changed?.Invoke();
    }

    /// <summary>By the cookie, else by what the browser prefers.</summary>
    public static string LanguageOf(HttpRequest request) => request.Cookies[LanguageCookie] switch
    {
        "zh" => "zh",
        "en" => "en",
        _ => request.Headers.AcceptLanguage.ToString().StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? "zh" : "en",
    };

    public static bool DarkOf(HttpRequest request) => request.Cookies[ThemeCookie] == "dark";
}
