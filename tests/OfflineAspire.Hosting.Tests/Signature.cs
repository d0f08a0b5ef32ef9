using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace OfflineAspire.Hosting.Tests;

/// <summary>Writes public members as C# declares them, in the notation of AspireApi.txt.</summary>
internal sealed class Signature
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
    };

    private readonly NullabilityInfoContext _nullability = new();

    /// <summary>Modifiers that callers can't see are left out, on both sides of the comparison.</summary>
    public static string Normalize(string line)
    {
        line = Regex.Replace(line.Trim().TrimEnd(';', ','), @"\b(public|virtual|override|abstract|sealed|readonly|required) ", "");
        // Reflection doesn't tell T from T? where T may be anything.
        line = Regex.Replace(line, @"\b(T|T[A-Z]\w*)\?", "$1");
        return Regex.Replace(line.Replace("<out ", "<", StringComparison.Ordinal), @"\s+", " ").Trim();
    }

    /// <summary>Public and protected members that the type declares itself.</summary>
    public IEnumerable<string> Members(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}");
        }
        return [
            .. type.GetConstructors(All).Where(IsVisible).Select(c => $"{Access(c)}{Plain(type.Name)}({Parameters(c)})"),
            .. type.GetFields(All).Where(f => f.IsPublic).Select(f => (f.IsStatic ? "static " : "") + $"{Name(_nullability.Create(f), f.FieldType)} {f.Name}"),
            .. type.GetProperties(All).Where(p => p.GetMethod is { } get && IsVisible(get) && !IsHidden(p)).Select(Property),
            .. type.GetMethods(All).Where(m => IsVisible(m) && !m.IsSpecialName && !IsHidden(m)).Select(Method),
        ];
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // What the compiler adds to a record, except what its declaration shows, and explicit implementations.
    private static bool IsHidden(MemberInfo member) => member.Name.Contains('.', StringComparison.Ordinal) || member.Name.Contains('<', StringComparison.Ordinal)
        || (member.IsDefined(typeof(CompilerGeneratedAttribute)) && member.Name is not "Deconstruct" && member is MethodInfo)
        || member.Name is "EqualityContract" or "PrintMembers" or "GetHashCode" or "Equals" or "ToString";

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Plain(string name) => name.Split('`')[0];

    private string Property(PropertyInfo property)
    {
        MethodInfo get = property.GetMethod!;
        string set = property.SetMethod is { } setter && IsVisible(setter)
            ? setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;" : "";
        return $"{Access(get)}{(get.IsStatic ? "static " : "")}{Name(_nullability.Create(property), property.PropertyType)} {property.Name} {{ get;{set} }}";
    }

    private string Method(MethodInfo method)
    {
        string generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";
        string constraints = string.Concat(method.GetGenericArguments().Select(Constraints));
        return $"{Access(method)}{(method.IsStatic ? "static " : "")}{Name(_nullability.Create(method.ReturnParameter), method.ReturnType)} "
            + $"{method.Name}{generic}({Parameters(method)}){constraints}";
    }

    private static string Constraints(Type argument)
    {
        var all = new List<string>();
        if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            all.Add("class");
        }
        all.AddRange(argument.GetGenericParameterConstraints().Select(c => Name(null, c)));
        if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
        {
            all.Add("new()");
        }
        return all.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", all)}";
    }

    private string Parameters(MethodBase method)
    {
        bool isExtension = method.IsDefined(typeof(ExtensionAttribute));
        return string.Join(", ", method.GetParameters().Select((p, i) => (i == 0 && isExtension ? "this " : "") + Parameter(p)));
    }

    private string Parameter(ParameterInfo parameter)
    {
        string modifier = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "";
        string value = !parameter.HasDefaultValue ? "" : " = " + Default(parameter);
        return $"{modifier}{Name(_nullability.Create(parameter), parameter.ParameterType)} {(parameter.Name == "event" ? "@event" : parameter.Name)}{value}";
    }

    private static string Default(ParameterInfo parameter)
    {
        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return parameter.DefaultValue switch
        {
            null => type.IsValueType && type == parameter.ParameterType ? $"default({Name(null, type)})" : "null",
            bool b => b ? "true" : "false",
            string s => $"\"{s}\"",
            object number when type.IsEnum => Enum.ToObject(type, number).ToString()!,
            object other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
        };
    }

    private static string Name(NullabilityInfo? info, Type type)
    {
        if (type.IsByRef)
        {
            return Name(info, type.GetElementType()!);
        }
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Name(null, inner) + "?";
        }
        string mark = info?.ReadState == NullabilityState.Nullable && !type.IsValueType ? "?" : "";
        if (type.IsArray)
        {
            return $"{Name(info?.ElementType, type.GetElementType()!)}[]{mark}";
        }
        if (type.IsGenericParameter || !type.IsGenericType)
        {
            string outer = type is { IsNested: true, IsGenericParameter: false } ? Plain(type.DeclaringType!.Name) + "." : "";
            return (Keywords.TryGetValue(type, out string? keyword) ? keyword : outer + type.Name) + mark;
        }
        Type[] arguments = type.GetGenericArguments();
        string list = string.Join(", ", arguments.Select((a, i) => Name(info?.GenericTypeArguments.ElementAtOrDefault(i), a)));
        return $"{Plain(type.Name)}<{list}>{mark}";
    }
}
