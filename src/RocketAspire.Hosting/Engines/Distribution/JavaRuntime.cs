using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace RocketAspire.Hosting.Engines.Distribution;

/// <summary>The Java that runs the nodes.</summary>
/// <param name="Executable">Its <c>java</c>, absolute.</param>
/// <param name="Major">8, 11, 17 and so on.</param>
internal sealed record JavaRuntime(string Executable, int Major)
{
    /// <summary>Apache's jars are compiled for it.</summary>
    public const int Oldest = 8;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    private static string FileName => OperatingSystem.IsWindows() ? "java.exe" : "java";

    /// <summary>Takes <c>JAVA_HOME/bin/java</c>, or else the first <c>java</c> of <c>PATH</c>, and asks it for its version.</summary>
    /// <exception cref="RocketMQSettingException">There is none, or one that can't run RocketMQ.</exception>
    public static async Task<JavaRuntime> FindAsync(string? javaHome, string? path, CancellationToken cancellationToken)
    {
        var executable = Locate(javaHome, path);
        var told = await AskAsync(executable, cancellationToken).ConfigureAwait(false);
        var major = MajorOf(told) ?? throw new RocketMQSettingException($"--engine distribution: {executable} is no Java that can be used: it says '{FirstLine(told)}'");
        if (major < Oldest) throw new RocketMQSettingException($"--engine distribution: {executable} is Java {major}; RocketMQ needs Java {Oldest} or later: set JAVA_HOME to one");
        if (RocketMQHome.HasBlank(executable)) throw new RocketMQSettingException($"--engine distribution: RocketMQ's scripts can't bear a blank in the path of {executable}");
        return new JavaRuntime(executable, major);
    }

    /// <summary>Reads what <c>java -version</c> says: <c>"1.8.0_392"</c> is 8, <c>"17.0.15"</c> 17, <c>"25"</c> 25.</summary>
    internal static int? MajorOf(string told)
    {
        var from = told.IndexOf(" version \"", StringComparison.Ordinal);
        if (from < 0) return null;
        var text = told.AsSpan(from + " version \"".Length);
        if (text.StartsWith("1.", StringComparison.Ordinal)) text = text[2..];
        var end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return int.TryParse(text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }

    private static string Locate(string? javaHome, string? path)
    {
        if (!string.IsNullOrWhiteSpace(javaHome))
        {
            var own = Path.GetFullPath(Path.Combine(javaHome.Trim(), "bin", FileName));
            return File.Exists(own) ? own : throw new RocketMQSettingException($"--engine distribution: JAVA_HOME {javaHome} has no bin/{FileName}; set it to a Java {Oldest} or later");
        }

        foreach (var folder in (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            if (Path.Combine(folder, FileName) is var there && File.Exists(there)) return Path.GetFullPath(there);
        throw new RocketMQSettingException($"--engine distribution: there is no Java here: set JAVA_HOME to a Java {Oldest} or later, or put its bin into PATH");
    }

    private static async Task<string> AskAsync(string executable, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(executable, ["-version"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                // A version is told on the error stream.
                var told = await process.StandardError.ReadToEndAsync(limit.Token).ConfigureAwait(false) + await output.ConfigureAwait(false);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                return told;
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (Win32Exception e)
        {
            throw new RocketMQSettingException($"--engine distribution: {executable} can't be run: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RocketMQSettingException($"--engine distribution: {executable} -version did not answer within {AnswerLimit.TotalSeconds:0} s", RocketMQSettingException.Machine);
        }
    }

    private static string FirstLine(string text) => text.Trim().Split('\n')[0].Trim();
}
