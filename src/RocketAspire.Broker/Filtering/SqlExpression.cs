using System.Diagnostics.CodeAnalysis;

namespace RocketAspire.Broker.Filtering;

/// <summary>A parsed SQL92 filter.</summary>
public sealed class SqlExpression
{
    private readonly SqlNode _root;

    private SqlExpression(SqlNode root) => _root = root;

    /// <summary>False with position (from 1) and reason when the text is no expression.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SqlExpression? expression, [NotNullWhen(false)] out string? problem)
    {
        expression = SqlParser.Parse(text, out problem) is { } root ? new(root) : null;
        return expression is not null;
    }

    /// <summary>Whether a message with these properties (as they are stored) is wanted. What can't be evaluated isn't, as at Apache.</summary>
    public bool Matches(ReadOnlySpan<byte> properties) => _root.Evaluate(properties).IsTrue;
}
