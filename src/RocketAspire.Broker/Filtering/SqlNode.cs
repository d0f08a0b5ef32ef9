using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Broker.Filtering;

/// <summary>A part of a parsed expression. Evaluating it throws nothing: what can't be compared is <see cref="SqlValue.Error"/>.</summary>
internal abstract class SqlNode
{
    /// <summary>Nested parts below it; bounded, since evaluation recurses.</summary>
    public int Depth { get; protected init; } = 1;

    /// <summary>Gives true, false or null.</summary>
    public virtual bool IsBoolean => true;

    /// <param name="properties">The message's properties as they are stored.</param>
    public abstract SqlValue Evaluate(ReadOnlySpan<byte> properties);
}

internal sealed class SqlConstant(SqlValue value) : SqlNode
{
    public SqlValue Value => value;

    public override bool IsBoolean => value.Kind is SqlKind.Boolean or SqlKind.Null;

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties) => value;
}

/// <summary>A message's property: a string, or null when it hasn't one.</summary>
internal sealed class SqlProperty(string name) : SqlNode
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public override bool IsBoolean => false;

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var value = MessageProperties.Find(properties, _name);
        return value.IsEmpty ? SqlValue.Null : SqlValue.Of(Encoding.UTF8.GetString(value));
    }
}

internal sealed class SqlNegation : SqlNode
{
    private readonly SqlNode _operand;

    public SqlNegation(SqlNode operand)
    {
        _operand = operand;
        Depth = operand.Depth + 1;
    }

    public override bool IsBoolean => false;

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties) => _operand.Evaluate(properties).Negate();
}

/// <summary>A property where a truth value belongs: being a string it is never true.</summary>
internal sealed class SqlBooleanCast : SqlNode
{
    private readonly SqlNode _operand;

    public SqlBooleanCast(SqlNode operand)
    {
        _operand = operand;
        Depth = operand.Depth + 1;
    }

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var value = _operand.Evaluate(properties);
        return value.Kind is SqlKind.Null or SqlKind.Error or SqlKind.Boolean ? value : SqlValue.False;
    }
}

internal sealed class SqlNot : SqlNode
{
    private readonly SqlNode _operand;

    public SqlNot(SqlNode operand)
    {
        _operand = operand;
        Depth = operand.Depth + 1;
    }

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var value = _operand.Evaluate(properties);
        return value.IsTrue ? SqlValue.False : value.IsFalse ? SqlValue.True : value;
    }
}

/// <summary>AND or OR of any number of parts, in their order: a row of them is no deeper than two.</summary>
internal sealed class SqlLogic : SqlNode
{
    private readonly bool _isOr;
    private readonly SqlNode[] _parts;

    public SqlLogic(bool isOr, SqlNode[] parts)
    {
        _isOr = isOr;
        _parts = parts;
        foreach (var part in parts) Depth = Math.Max(Depth, part.Depth + 1);
    }

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var sawNull = false;
        foreach (var part in _parts)
        {
            var value = part.Evaluate(properties);
            if (value.IsError) return value;
            if (_isOr ? value.IsTrue : value.IsFalse) return value;
            sawNull |= value.IsNull;
        }

        return sawNull ? SqlValue.Null : SqlValue.Of(!_isOr);
    }
}

internal sealed class SqlEquality : SqlNode
{
    private readonly SqlNode _left;
    private readonly SqlNode _right;

    public SqlEquality(SqlNode left, SqlNode right)
    {
        _left = left;
        _right = right;
        Depth = Math.Max(left.Depth, right.Depth) + 1;
    }

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var left = _left.Evaluate(properties);
        return left.IsError ? left : SqlValue.AreEqual(left, _right.Evaluate(properties));
    }
}

/// <summary>One of &gt; &gt;= &lt; &lt;=.</summary>
internal sealed class SqlOrder : SqlNode
{
    private readonly SqlNode _left;
    private readonly SqlNode _right;
    private readonly Func<int, bool> _wanted;

    public SqlOrder(SqlNode left, SqlNode right, Func<int, bool> wanted)
    {
        _left = left;
        _right = right;
        _wanted = wanted;
        Depth = Math.Max(left.Depth, right.Depth) + 1;
    }

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var left = _left.Evaluate(properties);
        if (left.IsNull || left.IsError) return left;
        var right = _right.Evaluate(properties);
        if (right.IsNull || right.IsError) return right;
        return SqlValue.TryOrder(left, right, out var order) ? SqlValue.Of(_wanted(order)) : SqlValue.Error;
    }
}

internal sealed class SqlIn(SqlNode property, HashSet<string> values, bool not) : SqlNode
{
    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        var value = property.Evaluate(properties);
        return value.IsNull ? value : SqlValue.Of(values.Contains(value.Text) != not);
    }
}

/// <summary>5.x's CONTAINS, STARTSWITH and ENDSWITH. Without the property, or with an empty string to look for, both they and their opposites are false.</summary>
internal sealed class SqlTextMatch : SqlNode
{
    private readonly SqlNode _operand;
    private readonly string _search;
    private readonly Func<string, string, bool> _matches;
    private readonly bool _not;

    public SqlTextMatch(SqlNode operand, string search, Func<string, string, bool> matches, bool not)
    {
        _operand = operand;
        _search = search;
        _matches = matches;
        _not = not;
        Depth = operand.Depth + 1;
    }

    public override SqlValue Evaluate(ReadOnlySpan<byte> properties)
    {
        if (_search.Length == 0) return SqlValue.False;
        var value = _operand.Evaluate(properties);
        if (value.IsError) return value;
        return value.Kind == SqlKind.Text ? SqlValue.Of(_matches(value.Text, _search) != _not) : SqlValue.False;
    }
}
