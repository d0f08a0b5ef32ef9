namespace OfflineAspire.Dashboard.Text;

/// <summary>The pages' texts in Chinese, by the English ones. A test sees to it that none is missing.</summary>
internal static class Chinese
{
    public static IReadOnlyDictionary<string, string> Texts { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
