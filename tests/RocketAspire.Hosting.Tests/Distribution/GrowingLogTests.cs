using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.TestSupport;

namespace RocketAspire.Hosting.Tests.Distribution;

/// <summary>The lines of a file that somebody else writes and rolls over.</summary>
public sealed class GrowingLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["broker.log"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_come_once_each_when_they_are_whole()
    {
        using var log = new GrowingLog(Path, skipsWhatIsThere: true);
        Assert.Empty(log.Read());
        Write("one\ntwo\nthr");
        Assert.Equal(["one", "two"], log.Read());
        Assert.Empty(log.Read());
        Write("ee\r\n");
        Assert.Equal(["three"], log.Read());
    }

    [Fact]
    public void What_an_earlier_start_wrote_is_passed_over()
    {
        Write("old\n");
        using var log = new GrowingLog(Path, skipsWhatIsThere: true);
        Write("new\n");
        Assert.Equal(["new"], log.Read());
        using var all = new GrowingLog(Path, skipsWhatIsThere: false);
        Assert.Equal(["old", "new"], all.Read());
    }

    [Fact]
    public void A_file_that_rolls_over_loses_no_line()
    {
        using var log = new GrowingLog(Path, skipsWhatIsThere: true);
        var expected = new List<string>();
        var seen = new List<string>();
        for (var file = 0; file < 5; file++)
        {
            for (var line = 0; line < 1000; line++)
            {
                expected.Add($"{file}:{line}");
                Write($"{file}:{line}\n");
                if (line % 300 == 7) seen.AddRange(log.Read());
            }

            // What is not yet read when it is moved away is read all the same; the last file without a line's end too.
            File.Move(Path, _folder[$"broker.{file}.log"]);
            if (file % 2 == 0) seen.AddRange(log.Read());
            expected.Add("first of the next");
            Write("first of the next\n");
            seen.AddRange(log.Read());
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public void A_file_that_is_cut_is_begun_anew()
    {
        using var log = new GrowingLog(Path, skipsWhatIsThere: false);
        Write("one\ntwo\n");
        Assert.Equal(["one", "two"], log.Read());
        File.WriteAllText(Path, "x\n");
        Assert.Equal(["x"], log.Read());
    }

    private void Write(string text)
    {
        using var file = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
