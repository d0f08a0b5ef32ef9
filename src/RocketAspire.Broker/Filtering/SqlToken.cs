namespace RocketAspire.Broker.Filtering;

internal enum SqlTokenKind : byte
{
    End,
    Word,
    Text,
    Integer,
    Decimal,
    Symbol,

    /// <summary>No token; its text says why.</summary>
    Wrong,
}

/// <summary>One word, value or sign of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of a string what its quotes hold; of a wrong one the reason.</param>
/// <param name="Position">Of its first character, from 1.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, string Text, int Position)
{
    /// <summary>Keywords aren't told apart by case.</summary>
    public bool IsWord(string keyword) => Kind == SqlTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(string symbol) => Kind == SqlTokenKind.Symbol && Text == symbol;

    public string Describe() => Kind switch
    {
        SqlTokenKind.End => "the end",
        SqlTokenKind.Text => $"'{Cut(Text.Replace("'", "''", StringComparison.Ordinal))}'",
        _ => Cut(Text),
    };

    private static string Cut(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
