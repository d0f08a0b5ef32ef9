using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Console.Cluster;
using RocketAspire.TestSupport;

namespace RocketAspire.Console.Tests;

/// <summary>What was measured, and that it is there after a restart.</summary>
public sealed class HistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_span_holds_means_of_its_own_slots_and_no_more_than_fit()
    {
        var history = new RateHistory();
        for (var second = 0; second < 3 * 3600; second += 2) history.Add("a", Start.AddSeconds(second), second < 3600 ? 10 : 20);

        var close = history.Get("a");
        Assert.InRange(close.Count, 355, 360);
        Assert.All(close, static point => Assert.Equal(20, point.Value));
        var day = history.Get("a", HistorySpan.Day);
        Assert.Equal(180, day.Count);
        Assert.Equal((10, 20), (day[0].Value, day[^1].Value));
        Assert.Equal(12, history.Get("a", HistorySpan.TwoWeeks).Count);
        history.Add("a", Start, 1000);
        Assert.DoesNotContain(history.Get("a", HistorySpan.Day), static point => point.Value > 20);
    }

    [Fact]
    public void A_time_without_measurements_is_a_gap_and_not_a_zero()
    {
        var history = new RateHistory();
        history.Add("a", Start, 1);
        history.Add("a", Start.AddMinutes(10), 3);
        history.Add("a", Start.AddMinutes(11), double.NaN);

        Assert.Equal([1, 3, 0], history.Get("a").Select(static point => point.Value));
        Assert.Equal([Start, Start.AddMinutes(10), Start.AddMinutes(11)], history.Get("a", HistorySpan.Day).Select(static point => point.At));
        history.Add("a", Start.AddDays(100), 5);
        Assert.Equal([5], history.Get("a", HistorySpan.TwoWeeks).Select(static point => point.Value));
    }

    [Fact]
    public void Series_are_bounded_and_one_that_rests_makes_room()
    {
        var history = new RateHistory();
        for (var i = 0; i < RateHistory.MaxSeries + 10; i++) history.Add($"many/{i}", Start, 1);
        Assert.Equal(RateHistory.MaxSeries, history.Names("many/").Count);

        history.Add("new", Start.AddHours(1), 1);
        Assert.True(history.Has("new"));
        Assert.Equal(RateHistory.MaxSeries - 1, history.Names("many/").Count);
        history.DropOlderThan(Start.AddMinutes(1));
        Assert.Empty(history.Names("many/"));
    }

    [Fact]
    public void History_is_there_after_a_restart_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        var (before, first) = Keep(folder);
        first.Use("cluster at 127.0.0.1:9876");
        for (var minute = 0; minute < 60; minute++) before.Add("in/broker-a", Start.AddMinutes(minute), minute);
        first.Save();

        var (after, second) = Keep(folder);
        second.Use("cluster at 127.0.0.1:9876");
        foreach (var span in (HistorySpan[])[HistorySpan.Day, HistorySpan.TwoWeeks])
        {
            var (was, @is) = (before.Get("in/broker-a", span), after.Get("in/broker-a", span));
            Assert.Equal(was.Select(static point => point.At), @is.Select(static point => point.At));
            Assert.All(was.Zip(@is), static pair => Assert.InRange(pair.Second.Value, pair.First.Value * 0.995, pair.First.Value * 1.005));
        }

        after.Add("in/broker-a", Start.AddMinutes(60), 100);
        Assert.Equal(61, after.Get("in/broker-a", HistorySpan.Day).Count);
        second.Use("another cluster");
        Assert.Empty(after.Names(""));
        second.Use("cluster at 127.0.0.1:9876");
        Assert.Equal(61, after.Get("in/broker-a", HistorySpan.Day).Count);
    }

    [Fact]
    public void A_file_that_is_torn_or_damaged_anywhere_is_put_aside_and_history_begins_anew()
    {
        using var folder = new TemporaryFolder();
        var (history, keeper) = Keep(folder);
        keeper.Use("c");
        for (var minute = 0; minute < 300; minute++) history.Add($"in/{minute % 7}", Start.AddMinutes(minute), minute * 1.37);
        keeper.Save();
        var path = Directory.GetFiles(folder.Path, "*.history").Single();
        var whole = File.ReadAllBytes(path);
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bytes = round % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (round % 2 == 1) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bytes);
            var (read, again) = Keep(folder);
            again.Use("c");
            read.Add("in/1", Start.AddDays(1), 1);
            again.Save();
        }

        var (last, final) = Keep(folder);
        final.Use("c");
        Assert.NotEmpty(last.Get("in/1", HistorySpan.Day));
        Assert.InRange(Directory.GetFiles(folder.Path).Length, 1, 2);
    }

    [Fact]
    public void The_file_of_weeks_with_every_series_stays_small_and_files_of_former_clusters_go()
    {
        using var folder = new TemporaryFolder();
        var (history, keeper) = Keep(folder);
        keeper.Use("c");
        var random = new Random(3);
        for (var minute = 0; minute < 21 * 24 * 60; minute += 5)
            for (var series = 0; series < RateHistory.MaxSeries; series += minute % 60 == 0 ? 1 : 40) history.Add($"topic/{series}", Start.AddMinutes(minute), random.Next(1000));
        keeper.Save();

        var size = new FileInfo(Directory.GetFiles(folder.Path, "*.history").Single()).Length;
        Assert.InRange(size, 1, 2_300_000);
        for (var i = 0; i < HistoryKeeper.MaxFiles + 5; i++)
        {
            keeper.Use($"cluster {i}");
            keeper.Save();
        }

        Assert.InRange(Directory.GetFiles(folder.Path).Length, 2, HistoryKeeper.MaxFiles + 1);
    }

    [Fact]
    public void How_long_brokers_take_is_told_from_what_was_counted_since_the_last_look()
    {
        var reader = new PutTimesReader();
        Assert.Null(reader.Read("a", Counts(100, 0, 0), sinceStart: true));
        Assert.Equal((0, 0), reader.Read("a", Counts(200, 0, 0), sinceStart: true));
        var (mean, slow) = reader.Read("a", Counts(200, 90, 10), sinceStart: true)!.Value;
        Assert.Equal((7.5, 50), (Math.Round(mean, 3), slow));
        Assert.Null(reader.Read("a", Counts(200, 90, 10), sinceStart: true));
        Assert.Equal((5, 10), reader.Read("a", Counts(0, 3, 0), sinceStart: true));
        Assert.Equal((5, 10), reader.Read("b", Counts(0, 3, 0), sinceStart: false));
        Assert.Equal((5, 10), reader.Read("b", Counts(0, 3, 0), sinceStart: false));
        Assert.Null(reader.Read("b", "null", sinceStart: false));
        Assert.Null(reader.Read("b", null, sinceStart: false));

        static string Counts(int none, int ten, int fifty) =>
            $"[<=0ms]:{none} [0~10ms]:{ten} [10~50ms]:{fifty} [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 [500ms~1s]:0 [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:0 ";
    }

    private static (RateHistory History, HistoryKeeper Keeper) Keep(TemporaryFolder folder)
    {
        var history = new RateHistory();
        return (history, new HistoryKeeper(new ConsoleOptions { NameServers = ["127.0.0.1:1"], DataFolder = folder.Path }, history, TimeProvider.System, NullLogger<HistoryKeeper>.Instance));
    }
}
