using System.Reflection;

namespace RocketAspire.Hosting.Publishing.Hosts;

/// <summary>The shell scripts that every host gets; they are the same for each and read what is this host's own from its files.</summary>
internal static class HostScripts
{
    private static readonly string[] Names = ["install.sh", "lib.sh", "run-node.sh", "start.sh", "stop.sh"];

    public static IEnumerable<(string Name, string Text)> All => Names.Select(n => (n, Read("Hosts." + n)));

    /// <summary>A text that is part of this assembly.</summary>
    internal static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("RocketAspire.Hosting.Publishing." + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
