namespace RocketAspire.Broker.Filtering;

/// <summary>What the operators with an order, and those on text, mean.</summary>
internal static class SqlOperators
{
    public static Func<int, bool>? Order(string symbol) => symbol switch
    {
        ">" => static order => order > 0,
        ">=" => static order => order >= 0,
        "<" => static order => order < 0,
        "<=" => static order => order <= 0,
        _ => null,
    };

    public static Func<string, string, bool>? TextMatch(SqlToken token) =>
        token.IsWord("CONTAINS") ? static (text, search) => text.Contains(search, StringComparison.Ordinal)
        : token.IsWord("STARTSWITH") ? static (text, search) => text.StartsWith(search, StringComparison.Ordinal)
        : token.IsWord("ENDSWITH") ? static (text, search) => text.EndsWith(search, StringComparison.Ordinal)
        : null;

    public static bool HasNoOrder(SqlNode node) => node is SqlConstant constant ? !constant.Value.IsNumber : node.IsBoolean;
}
