using System.Reflection;
using Aspire.Hosting.Testing;

namespace OfflineAspire.Hosting.Tests;

/// <summary>Whatever we have of Aspire's namespaces must look as it does there, so that the same sources compile against both.</summary>
public sealed class AspireApiTests
{
    private static readonly Assembly[] Ours = [typeof(DistributedApplication).Assembly, typeof(DistributedApplicationTestingBuilder).Assembly];

    [Fact]
    public void Every_public_member_in_Aspires_namespaces_is_one_of_Aspires()
    {
        List<string> differences = Differences(ReadList());
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Theory]
    [InlineData("WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)", "string? value", "string value")]
    [InlineData("AddContainer(this IDistributedApplicationBuilder builder, string name, string image)", "string image", "string picture")]
    [InlineData("Task StartAsync(CancellationToken cancellationToken", "Task StartAsync", "void StartAsync")]
    [InlineData("WaitForCompletion<T>(", "int exitCode = 0", "int exitCode = 1")]
    [InlineData("WaitUntilStarted = 2", "= 2", "= 3")]
    public void A_member_that_differs_is_found(string member, string from, string to)
    {
        Dictionary<string, HashSet<string>> list = ReadList();
        foreach (HashSet<string> members in list.Values)
        {
            foreach (string changed in members.Where(m => m.Contains(member, StringComparison.Ordinal)).ToArray())
            {
                members.Remove(changed);
                members.Add(changed.Replace(from, to, StringComparison.Ordinal));
            }
        }
        List<string> differences = Differences(list);
        Assert.NotEmpty(differences);
        Assert.All(differences, d => Assert.Contains(member, d, StringComparison.Ordinal));
    }

    [Fact]
    public void A_type_that_Aspire_lacks_is_found()
    {
        Dictionary<string, HashSet<string>> list = ReadList();
        Assert.True(list.Remove("Aspire.Hosting.ApplicationModel.WaitAnnotation"));
        Assert.Contains("Aspire.Hosting.ApplicationModel.WaitAnnotation: no such type", Differences(list));
    }

    [Fact]
    public void Extras_live_in_a_namespace_of_their_own()
    {
        IEnumerable<string> elsewhere = Ours.SelectMany(a => a.GetExportedTypes()).Select(t => t.Namespace ?? "")
            .Where(n => !n.StartsWith("Aspire.Hosting", StringComparison.Ordinal) && n != "OfflineAspire");
        Assert.Empty(elsewhere);
    }

    private static List<string> Differences(Dictionary<string, HashSet<string>> list)
    {
        var signature = new Signature();
        var differences = new List<string>();
        foreach (Type type in Ours.SelectMany(a => a.GetExportedTypes()).Where(t => t.Namespace!.StartsWith("Aspire.Hosting", StringComparison.Ordinal)))
        {
            string name = FullName(type);
            if (!list.TryGetValue(name, out HashSet<string>? members))
            {
                differences.Add($"{name}: no such type");
                continue;
            }
            differences.AddRange(signature.Members(type).Select(Signature.Normalize).Where(m => !members.Contains(m)).Select(m => $"{name}: {m}"));
        }
        return differences;
    }

    private static string FullName(Type type)
    {
        string own = type.Name.Split('`')[0] + (type.IsGenericTypeDefinition ? $"<{type.GetGenericArguments().Length}>" : "");
        return $"{type.Namespace}.{(type.IsNested ? type.DeclaringType!.Name + "." : "")}{own}";
    }

    // "Namespace.Type<arity>" to its members, normalized.
    private static Dictionary<string, HashSet<string>> ReadList()
    {
        var list = new Dictionary<string, HashSet<string>>();
        string space = "";
        HashSet<string> members = [];
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "AspireApi.txt")).Where(l => !l.StartsWith('#')))
        {
            if (line.StartsWith("namespace ", StringComparison.Ordinal))
            {
                space = line["namespace ".Length..];
            }
            else if (!line.StartsWith(' '))
            {
                string declared = line.Split([" class ", " interface ", " struct ", " enum ", " record "], 2, StringSplitOptions.None)[1].Split(" : ")[0].Split(" where ")[0];
                int bracket = declared.IndexOf('<', StringComparison.Ordinal);
                string name = bracket < 0 ? declared : $"{declared[..bracket]}<{declared.Count(c => c == ',') + 1}>";
                list.TryAdd($"{space}.{name}", []);
                members = list[$"{space}.{name}"];
            }
            else
            {
                members.Add(Signature.Normalize(line));
            }
        }
        return list;
    }
}
