using System.Text;
using RocketAspire.Broker.Filtering;

namespace RocketAspire.Broker.Tests.Filtering;

/// <summary>What Apache's filter module lets through: each line was also put to it.</summary>
public sealed class SqlExpressionTests
{
    private const string Message = "a\u00015\u0002b\u0001hello\u0002price\u00019.5\u0002big\u00013000000000\u0002flag\u0001TRUE\u0002quote\u0001it's\u0002名\u0001值\u0002neg\u0001-7";

    [Theory]
    [InlineData("a = 5", true)]
    [InlineData("a = '5'", true)]
    [InlineData("a <> 5", false)]
    [InlineData("a > 4 AND a < 6", true)]
    [InlineData("a >= 5 and a <= 5", true)]
    [InlineData("a = 5L", true)]
    [InlineData("a > 4.5", true)]
    [InlineData("a = 5.0", true)]
    [InlineData("a = 5e0", true)]
    [InlineData("price > 9.4", true)]
    [InlineData("price BETWEEN 9.5 AND 10", false)]
    [InlineData("price BETWEEN 9.5 AND 10.0", true)]
    [InlineData("a NOT BETWEEN 6 AND 7", true)]
    [InlineData("a BETWEEN 6 AND 7 OR b = 'hello'", true)]
    [InlineData("neg < -6", true)]
    [InlineData("neg = -7", true)]
    [InlineData("neg > + - 8", true)]
    [InlineData("b = 'hello'", true)]
    [InlineData("b IN ('x', 'hello')", true)]
    [InlineData("b NOT IN ('x', 'hello')", false)]
    [InlineData("a IN ('5')", true)]
    [InlineData("(b) IN ('hello')", true)]
    [InlineData("quote = 'it''s'", true)]
    [InlineData("missing IS NULL", true)]
    [InlineData("missing IS NOT NULL", false)]
    [InlineData("b IS NOT NULL", true)]
    [InlineData("flag = TRUE", true)]
    [InlineData("flag <> TRUE", false)]
    [InlineData("b = FALSE", true)]
    [InlineData("TRUE", true)]
    [InlineData("NOT FALSE", true)]
    [InlineData("NULL", false)]
    [InlineData("a > 4 -- a comment\n and /* another ** one */ b = 'hello'", true)]
    [InlineData("between1 IS NULL", true)]
    [InlineData("a = 5 OR missing = 1", true)]
    [InlineData("a > big", false)]
    [InlineData("big > a", true)]
    [InlineData("b CONTAINS 'ell'", true)]
    [InlineData("b NOT CONTAINS 'ell'", false)]
    [InlineData("b STARTSWITH 'he'", true)]
    [InlineData("b ENDSWITH 'lo' AND b NOT ENDSWITH 'x'", true)]
    [InlineData("missing NOT CONTAINS 'x'", false)]
    [InlineData("contains IS NULL", true)]
    public void An_expression_chooses(string expression, bool expected) => Assert.Equal(expected, Matches(expression, Message));

    /// <summary>Null is neither true nor false, and a comparison that can't be made spoils the whole expression.</summary>
    [Theory]
    [InlineData("missing = 1")]
    [InlineData("missing <> 1")]
    [InlineData("NOT missing = 1")]
    [InlineData("missing > 1 AND a = 5")]
    [InlineData("missing NOT IN ('x')")]
    [InlineData("a")]
    [InlineData("b > 1")]
    [InlineData("b > 1 OR a = 5")]
    [InlineData("NOT (b > 1)")]
    [InlineData("price > 9")]
    [InlineData("big > 5")]
    [InlineData("a = 'x' OR TRUE = flag")]
    [InlineData("a > b")]
    [InlineData("b = 5")]
    [InlineData("-a = -5")]
    public void What_is_null_or_incomparable_matches_nothing(string expression) => Assert.False(Matches(expression, Message));

    [Theory]
    [InlineData("", "position 1: expected a property, a value or (, found the end")]
    [InlineData("a >", "position 4: expected a property, a value or (, found the end")]
    [InlineData("a > 1 b = 2", "position 7: expected AND, OR or the end, found b")]
    [InlineData("a LIKE 'x'", "position 3: expected AND, OR or the end, found LIKE")]
    [InlineData("a > 'x'", "position 5: only numbers and properties have an order")]
    [InlineData("a > TRUE", "position 5: only numbers and properties have an order")]
    [InlineData("a < b < c", "position 1: only numbers and properties have an order")]
    [InlineData("a = NULL", "position 5: NULL can't be compared; write IS NULL")]
    [InlineData("NULL <> a", "position 1: NULL can't be compared; write IS NULL")]
    [InlineData("TRUE = 'x'", "position 6: a truth value can't be compared with another constant")]
    [InlineData("a IS 5", "position 6: expected NULL or NOT NULL, found 5")]
    [InlineData("a IS NOT 'it''s'", "position 10: expected NULL, found 'it''s'")]
    [InlineData("a IN (5)", "position 7: expected a string, found 5")]
    [InlineData("a IN ()", "position 7: expected a string, found )")]
    [InlineData("a IN ('x' 'y')", "position 11: expected , or ), found 'y'")]
    [InlineData("a IN ('x'", "position 10: expected , or ), found the end")]
    [InlineData("5 IN ('x')", "position 1: only a property can be looked for in a list")]
    [InlineData("a BETWEEN 1 OR 2", "position 13: expected AND, found OR")]
    [InlineData("a BETWEEN 2 AND 1", "position 3: the first value of BETWEEN must not be greater than the second")]
    [InlineData("a BETWEEN NULL AND 1", "position 3: BETWEEN has no meaning with NULL")]
    [InlineData("a BETWEEN 'a' AND 'b'", "position 11: only numbers and properties have an order")]
    [InlineData("(a > 1", "position 7: expected ), found the end")]
    [InlineData("a > 1)", "position 6: expected AND, OR or the end, found )")]
    [InlineData("5", "position 1: this is neither true nor false")]
    [InlineData("a > 1 AND 'x'", "position 11: this is neither true nor false")]
    [InlineData("NOT 5", "position 5: this is neither true nor false")]
    [InlineData("a = 'x", "position 5: a string that does not end")]
    [InlineData("a /* b", "position 3: a comment that does not end")]
    [InlineData("a = 007", "position 5: a number that begins with 0: 007")]
    [InlineData("a = 9223372036854775808", "position 5: a whole number of more than 64 bits")]
    [InlineData("a = 1e999", "position 5: a number that is too large")]
    [InlineData("a % 2 = 0", "position 3: '%', which belongs to no expression")]
    [InlineData("a AND OR b", "position 7: expected a property, a value or (, found OR")]
    [InlineData("a CONTAINS b", "position 12: expected a string, found b")]
    public void A_wrong_expression_is_refused_with_position_and_reason(string expression, string problem)
    {
        Assert.False(SqlExpression.TryParse(expression, out _, out var told));
        Assert.Equal(problem, told);
    }

    [Fact]
    public void Long_rows_are_read_and_deep_nesting_is_refused()
    {
        Assert.True(Matches(string.Join(" AND ", Enumerable.Repeat("a = 5", 50_000)), Message));
        Assert.True(Matches(string.Join(" OR ", Enumerable.Repeat("a = 6", 50_000)) + " OR a = 5", Message));
        Assert.True(Matches(new string('(', 150) + "a = 5" + new string(')', 150), Message));
        foreach (var deep in new[] { new string('(', 100_000) + "a", string.Concat(Enumerable.Repeat("NOT ", 100_000)) + "a", new string('+', 100_000) + "1", "a" + string.Concat(Enumerable.Repeat(" IS NULL", 100_000)) })
        {
            Assert.False(SqlExpression.TryParse(deep, out _, out var problem));
            Assert.EndsWith("nested deeper than 200", problem);
        }
    }

    /// <summary>Whatever is put in, the parser answers, and what it takes can be evaluated.</summary>
    [Fact]
    public void Random_expressions_neither_throw_nor_hang()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] parts =
        [
            "a", "b", "missing", "5", "0", "1.5", ".5", "1e3", "9223372036854775807", "'x'", "''", "'it''s'", "NULL", "TRUE", "FALSE", "NOT", "AND", "OR", "BETWEEN", "IN", "IS",
            "IS NULL", "IS NOT NULL", "CONTAINS", "=", "<>", ">", ">=", "<", "<=", "(", ")", ",", "+", "-", "--", "/*", "*/", "'", "\n", "%", "\u0001", "值", "\ud800", "$x", "_y",
        ];
        var taken = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var text = new StringBuilder();
            var count = random.Next(1, 14);
            for (var i = 0; i < count; i++)
            {
                text.Append(parts[random.Next(parts.Length)]);
                if (random.Next(8) > 0) text.Append(' ');
            }

            if (!SqlExpression.TryParse(text.ToString(), out var expression, out var problem))
            {
                Assert.Matches("^position [1-9][0-9]*: .", problem);
                continue;
            }

            taken++;
            expression.Matches(Encoding.UTF8.GetBytes(Message));
            expression.Matches(default);
        }

        Assert.True(taken > 100, $"only {taken} of the random expressions were whole");
    }

    private static bool Matches(string expression, string properties)
    {
        Assert.True(SqlExpression.TryParse(expression, out var parsed, out var problem), $"{expression}: {problem}");
        return parsed.Matches(Encoding.UTF8.GetBytes(properties));
    }
}
