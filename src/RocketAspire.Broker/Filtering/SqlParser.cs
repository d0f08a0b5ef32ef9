using System.Globalization;

namespace RocketAspire.Broker.Filtering;

/// <summary>Reads an expression. Nothing is thrown: the first problem is kept with its position, and every rule then answers null.</summary>
/// <remarks>
/// <code>
/// or         = and { OR and }
/// and        = equality { AND equality }
/// equality   = comparison { ( = | &lt;&gt; ) comparison | IS [NOT] NULL }
/// comparison = unary { ( &gt; | &gt;= | &lt; | &lt;= ) unary | [NOT] BETWEEN unary AND unary | [NOT] IN ( string {, string} )
///                    | [NOT] ( CONTAINS | STARTSWITH | ENDSWITH ) string }
/// unary      = ( + | - | NOT ) unary | string | number | TRUE | FALSE | NULL | property | ( or )
/// </code>
/// The last row of operators is 5.x's. Unlike Apache's parser this one refuses what follows the end of an expression.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/filter/src/main/java/org/apache/rocketmq/filter/parser/SelectorParser.java
/// </remarks>
internal ref struct SqlParser
{
    /// <summary>Parentheses, signs and NOTs within one another; also how deep evaluation goes.</summary>
    public const int MaxDepth = 200;

    private SqlLexer _lexer;
    private SqlToken _token;
    private SqlToken _next;
    private int _depth;

    private SqlParser(string text)
    {
        _lexer = new SqlLexer(text);
        _token = _lexer.Next();
        _next = _lexer.Next();
    }

    /// <summary>Position (from 1) and reason of the first problem; null when there is none.</summary>
    public string? Problem { get; private set; }

    public static SqlNode? Parse(string text, out string? problem)
    {
        var parser = new SqlParser(text);
        var node = parser.Whole();
        problem = parser.Problem;
        return problem is null ? node : null;
    }

    private SqlNode? Whole()
    {
        var start = _token;
        var node = AsBoolean(Or(), start);
        if (node is not null && _token.Kind != SqlTokenKind.End) return Unexpected("AND, OR or the end");
        return node;
    }

    private SqlNode? Or() => Row("OR", isOr: true);

    private SqlNode? Row(string keyword, bool isOr)
    {
        var start = _token;
        var first = isOr ? Row("AND", isOr: false) : Equality();
        if (first is null || !_token.IsWord(keyword)) return first;
        var parts = new List<SqlNode>();
        while (true)
        {
            if (AsBoolean(first, start) is not { } part) return null;
            parts.Add(part);
            if (!_token.IsWord(keyword)) return new SqlLogic(isOr, [.. parts]);
            Take();
            start = _token;
            first = isOr ? Row("AND", isOr: false) : Equality();
        }
    }

    private SqlNode? Equality()
    {
        var start = _token;
        var left = Comparison();
        while (left is not null)
        {
            if (_token.IsSymbol("=") || _token.IsSymbol("<>"))
            {
                var sign = Take();
                var rightStart = _token;
                if (Comparison() is not { } right) return null;
                if (Incomparable(left, start) || Incomparable(right, rightStart)) return null;
                if (left is SqlConstant { IsBoolean: true } && right is SqlConstant { IsBoolean: false }) return Fail(sign, "a truth value can't be compared with another constant");
                left = new SqlEquality(left, right);
                if (sign.Text == "<>") left = new SqlNot(left);
            }
            else if (_token.IsWord("IS"))
            {
                Take();
                var not = TakeIf("NOT");
                if (!TakeIf("NULL")) return Unexpected(not ? "NULL" : "NULL or NOT NULL");
                left = new SqlEquality(left, new SqlConstant(SqlValue.Null));
                if (not) left = new SqlNot(left);
            }
            else
            {
                break;
            }

            if (left.Depth > MaxDepth) return TooDeep(start);
        }

        return left;
    }

    private SqlNode? Comparison()
    {
        var start = _token;
        var left = Unary();
        while (left is not null)
        {
            var negatable = _token.IsWord("NOT") ? _next : _token;
            if (_token.Kind == SqlTokenKind.Symbol && SqlOperators.Order(_token.Text) is { } wanted)
            {
                Take();
                var rightStart = _token;
                if (Unary() is not { } right) return null;
                left = Ordered(left, start, right, rightStart, wanted);
            }
            else if (negatable.IsWord("BETWEEN"))
            {
                left = Between(left, start, TakeIf("NOT"));
            }
            else if (negatable.IsWord("IN"))
            {
                left = In(left, start, TakeIf("NOT"));
            }
            else if (SqlOperators.TextMatch(negatable) is { } matches)
            {
                var not = TakeIf("NOT");
                Take();
                if (_token.Kind != SqlTokenKind.Text) return Unexpected("a string");
                left = new SqlTextMatch(left, Take().Text, matches, not);
            }
            else
            {
                break;
            }

            if (left?.Depth > MaxDepth) return TooDeep(start);
        }

        return left;
    }

    private SqlNode? Between(SqlNode left, SqlToken start, bool not)
    {
        var word = Take();
        var lowStart = _token;
        if (Unary() is not { } low) return null;
        if (!TakeIf("AND")) return Unexpected("AND");
        var highStart = _token;
        if (Unary() is not { } high) return null;
        if (!not && low is SqlConstant { Value: var a } && high is SqlConstant { Value: var b })
        {
            if (a.IsNull || b.IsNull) return Fail(word, "BETWEEN has no meaning with NULL");
            if (!SqlValue.TryCompare(b, a, out var order) || order < 0) return Fail(word, "the first value of BETWEEN must not be greater than the second");
        }

        var atLeast = Ordered(left, start, low, lowStart, not ? static order => order < 0 : static order => order >= 0);
        var atMost = Ordered(left, start, high, highStart, not ? static order => order > 0 : static order => order <= 0);
        return atLeast is null || atMost is null ? null : new SqlLogic(isOr: not, [atLeast, atMost]);
    }

    private SqlNode? In(SqlNode left, SqlToken start, bool not)
    {
        Take();
        if (left is not SqlProperty) return Fail(start, "only a property can be looked for in a list");
        if (!_token.IsSymbol("(")) return Unexpected("(");
        var values = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            Take();
            if (_token.Kind != SqlTokenKind.Text) return Unexpected("a string");
            values.Add(Take().Text);
        }
        while (_token.IsSymbol(","));
        if (!_token.IsSymbol(")")) return Unexpected(", or )");
        Take();
        return new SqlIn(left, values, not);
    }

    private SqlNode? Unary()
    {
        if (++_depth > MaxDepth) return TooDeep(_token);
        var node = Sign();
        _depth--;
        return node;
    }

    private SqlNode? Sign()
    {
        if (_token.IsSymbol("+"))
        {
            Take();
            return Unary();
        }

        if (_token.IsSymbol("-"))
        {
            Take();
            return Unary() is { } operand ? new SqlNegation(operand) : null;
        }

        if (_token.IsWord("NOT"))
        {
            Take();
            var start = _token;
            return AsBoolean(Unary(), start) is { } operand ? new SqlNot(operand) : null;
        }

        if (!_token.IsSymbol("(")) return Primary();
        Take();
        var inner = Or();
        if (inner is null) return null;
        if (!_token.IsSymbol(")")) return Unexpected(")");
        Take();
        return inner;
    }

    private SqlNode? Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case SqlTokenKind.Text:
                Take();
                return new SqlConstant(SqlValue.Of(token.Text));
            case SqlTokenKind.Integer:
                if (!long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Fail(token, "a whole number of more than 64 bits");
                Take();
                return new SqlConstant(SqlValue.Of(number));
            case SqlTokenKind.Decimal:
                var real = double.Parse(token.Text, CultureInfo.InvariantCulture);
                if (double.IsInfinity(real)) return Fail(token, "a number that is too large");
                Take();
                return new SqlConstant(SqlValue.Of(real));
            case SqlTokenKind.Word:
                return Word(token);
            default:
                return Unexpected("a property, a value or (");
        }
    }

    private SqlNode? Word(SqlToken token)
    {
        if (token.Text.ToUpperInvariant() is "AND" or "OR" or "BETWEEN" or "IN" or "IS") return Unexpected("a property, a value or (");
        Take();
        if (token.IsWord("TRUE")) return new SqlConstant(SqlValue.True);
        if (token.IsWord("FALSE")) return new SqlConstant(SqlValue.False);
        return token.IsWord("NULL") ? new SqlConstant(SqlValue.Null) : new SqlProperty(token.Text);
    }

    private SqlNode? Ordered(SqlNode left, SqlToken leftStart, SqlNode right, SqlToken rightStart, Func<int, bool> wanted)
    {
        if (SqlOperators.HasNoOrder(left)) return Fail(leftStart, "only numbers and properties have an order");
        return SqlOperators.HasNoOrder(right) ? Fail(rightStart, "only numbers and properties have an order") : new SqlOrder(left, right, wanted);
    }

    private bool Incomparable(SqlNode node, SqlToken start)
    {
        if (node is not SqlConstant { Value.IsNull: true }) return false;
        Fail(start, "NULL can't be compared; write IS NULL");
        return true;
    }

    private SqlNode? AsBoolean(SqlNode? node, SqlToken start)
    {
        if (node is null || node.IsBoolean) return node;
        return node is SqlProperty ? new SqlBooleanCast(node) : Fail(start, "this is neither true nor false");
    }

    private SqlToken Take()
    {
        var taken = _token;
        _token = _next;
        _next = _lexer.Next();
        return taken;
    }

    private bool TakeIf(string keyword)
    {
        if (!_token.IsWord(keyword)) return false;
        Take();
        return true;
    }

    private SqlNode? Unexpected(string wanted) =>
        Fail(_token, _token.Kind == SqlTokenKind.Wrong ? _token.Text : $"expected {wanted}, found {_token.Describe()}");

    private SqlNode? TooDeep(SqlToken at) => Fail(at, $"nested deeper than {MaxDepth}");

    private SqlNode? Fail(SqlToken at, string reason)
    {
        Problem ??= string.Create(CultureInfo.InvariantCulture, $"position {at.Position}: {reason}");
        return null;
    }
}
