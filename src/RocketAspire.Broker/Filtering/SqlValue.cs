namespace RocketAspire.Broker.Filtering;

internal enum SqlKind : byte
{
    Null,
    Boolean,
    Int32,
    Int64,
    Double,
    Text,

    /// <summary>Two values that can't be compared met: the whole expression then matches nothing.</summary>
    Error,
}

/// <summary>A value of an expression while it is evaluated. Whole numbers come in two sizes, since a property is read as a number of its opponent's size.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/filter/src/main/java/org/apache/rocketmq/filter/expression/ComparisonExpression.java</remarks>
internal readonly record struct SqlValue
{
    private readonly long _number;
    private readonly double _double;

    private SqlValue(SqlKind kind, long number = 0, double real = 0, string text = "")
    {
        Kind = kind;
        _number = number;
        _double = real;
        Text = text;
    }

    public static SqlValue Null => default;

    public static SqlValue Error => new(SqlKind.Error);

    public static SqlValue True => new(SqlKind.Boolean, 1);

    public static SqlValue False => new(SqlKind.Boolean);

    public SqlKind Kind { get; }

    public string Text { get; }

    public bool IsNull => Kind == SqlKind.Null;

    public bool IsError => Kind == SqlKind.Error;

    public bool IsTrue => Kind == SqlKind.Boolean && _number != 0;

    public bool IsFalse => Kind == SqlKind.Boolean && _number == 0;

    public bool IsNumber => Kind is SqlKind.Int32 or SqlKind.Int64 or SqlKind.Double;

    public static SqlValue Of(bool value) => value ? True : False;

    public static SqlValue Of(string? text) => text is null ? Null : new(SqlKind.Text, text: text);

    public static SqlValue Of(double value) => new(SqlKind.Double, real: value);

    /// <summary>The smaller size when it fits.</summary>
    public static SqlValue Of(long value) => new(value is >= int.MinValue and <= int.MaxValue ? SqlKind.Int32 : SqlKind.Int64, value);

    /// <summary>Only numbers have a negative; anything else gives null.</summary>
    public SqlValue Negate() => Kind switch
    {
        SqlKind.Int32 => new(SqlKind.Int32, unchecked(-(int)_number)),
        SqlKind.Int64 => new(SqlKind.Int64, unchecked(-_number)),
        SqlKind.Double => Of(-_double),
        SqlKind.Error => this,
        _ => Null,
    };

    /// <summary>For = and &lt;&gt;: null when only the left is null, false when only the right is.</summary>
    public static SqlValue AreEqual(SqlValue left, SqlValue right)
    {
        if (left.IsError || right.IsError) return Error;
        if (left.IsNull && right.IsNull) return True;
        if (left.IsNull) return Null;
        if (right.IsNull) return False;
        return TryCompare(left, right, out var order) ? Of(order == 0) : Error;
    }

    /// <summary>For the four that ask for order. Two strings are compared as decimal numbers.</summary>
    public static bool TryOrder(SqlValue left, SqlValue right, out int order)
    {
        if (left.Kind != SqlKind.Text || right.Kind != SqlKind.Text) return TryCompare(left, right, out order);
        order = 0;
        if (!JavaNumbers.TryDouble(left.Text, out var a) || !JavaNumbers.TryDouble(right.Text, out var b)) return false;
        order = JavaNumbers.Compare(a, b);
        return true;
    }

    /// <summary>Order of two values that are not null, the string turned into the other's type; false when that can't be.</summary>
    public static bool TryCompare(SqlValue left, SqlValue right, out int order)
    {
        order = -1;
        if (left.Kind == right.Kind)
        {
            order = left.Kind switch
            {
                SqlKind.Double => JavaNumbers.Compare(left._double, right._double),
                SqlKind.Text => string.CompareOrdinal(left.Text, right.Text),
                _ => left._number.CompareTo(right._number),
            };
            return left.Kind != SqlKind.Error;
        }

        if (left.IsNumber && right.IsNumber)
        {
            order = left.Kind == SqlKind.Double || right.Kind == SqlKind.Double
                ? JavaNumbers.Compare(left.AsDouble(), right.AsDouble())
                : left._number.CompareTo(right._number);
            return true;
        }

        // A boolean never equals a number. On the right a string isn't read as a boolean, on the left it is.
        if (left.Kind == SqlKind.Boolean) return right.IsNumber;
        if (left.Kind == SqlKind.Text && right.Kind == SqlKind.Boolean) return Compare(left.Text.Equals("true", StringComparison.OrdinalIgnoreCase), right.IsTrue, out order);
        if (left.Kind == SqlKind.Text && right.IsNumber && TryConvert(left.Text, right.Kind, out var leftNumber)) return TryCompare(leftNumber, right, out order);
        if (right.Kind == SqlKind.Text && left.IsNumber && TryConvert(right.Text, left.Kind, out var rightNumber)) return TryCompare(left, rightNumber, out order);
        return left.IsNumber && right.Kind == SqlKind.Boolean;
    }

    private static bool Compare(bool left, bool right, out int order)
    {
        order = left.CompareTo(right);
        return true;
    }

    private static bool TryConvert(string text, SqlKind kind, out SqlValue value)
    {
        value = default;
        if (kind == SqlKind.Double)
        {
            if (!JavaNumbers.TryDouble(text, out var real)) return false;
            value = Of(real);
            return true;
        }

        if (!JavaNumbers.TryInt64(text, out var number)) return false;
        if (kind == SqlKind.Int32 && number is < int.MinValue or > int.MaxValue) return false;
        value = new(kind, number);
        return true;
    }

    private double AsDouble() => Kind == SqlKind.Double ? _double : _number;
}
