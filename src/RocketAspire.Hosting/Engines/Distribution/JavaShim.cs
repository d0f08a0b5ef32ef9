namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>
/// A <c>JAVA_HOME</c> whose <c>java</c> is a script that becomes the real one. Apache's scripts each look for Java in their own way
/// (4.9 in <c>JAVA_HOME</c>, 5.x beside the <c>javac</c> of <c>PATH</c>, and a JRE has none), so that it takes both to have them run the
/// Java that was looked at; and from Java 9 on they have it log its garbage collection into shared memory, where nobody removes it.
/// </summary>
internal static class JavaShim
{
    private const string FolderName = "java";

    public static string HomeIn(string dataPath) => Path.Combine(dataPath, FolderName);

    public static string BinIn(string dataPath) => Path.Combine(dataPath, FolderName, "bin");

    /// <exception cref="RocketMQSettingException">It can't be written.</exception>
    public static void Write(string dataPath, JavaRuntime java)
    {
        var script = $$"""
            #!/bin/sh
            # Apache's scripts run this in place of java.
            for option do
              shift
              case $option in
                -Xlog:gc*:file=*/rmq_*_gc_*) ;;
                *) set -- "$@" "$option" ;;
              esac
            done
            exec '{{java.Executable.Replace("'", "'\\''", StringComparison.Ordinal)}}' "$@"

            """.ReplaceLineEndings("\n");
        try
        {
            var bin = BinIn(dataPath);
            Directory.CreateDirectory(bin);
            foreach (var name in (string[])["java", "javac"])
            {
                var file = Path.Combine(bin, name);
                File.WriteAllText(file, script);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RocketMQSettingException($"the script that starts Java can't be written: {e.Message.ReplaceLineEndings(" ")}", RocketMQSettingException.Machine);
        }
    }
}
