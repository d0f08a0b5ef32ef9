using RocketAspire.Protocol.Config;
using RocketAspire.Store;

namespace RocketAspire.Broker.Tests.Housekeeping;

public sealed class RetentionPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RetentionOptions Defaults = new();

    [Theory]
    [InlineData("04", 4, true)]
    [InlineData("04", 3, false)]
    [InlineData("04;16", 16, true)]
    [InlineData("4; 16", 16, true)]
    [InlineData("", 0, false)]
    [InlineData("noon", 12, false)]
    public void It_is_time_within_the_hours_of_deleteWhen(string when, int hour, bool isTime) =>
        Assert.Equal(isTime, RetentionPlan.Make(Defaults with { DeleteWhen = when }, Noon.AddHours(hour - 12), Used(0.1), isAsked: false).IsTime);

    [Theory]
    [InlineData(0.75, false, false)]
    [InlineData(0.76, true, false)]
    [InlineData(0.85, true, false)]
    [InlineData(0.86, true, true)]
    [InlineData(-1, false, false)]
    public void A_disk_that_fills_makes_it_time_and_then_urgent(double used, bool isTime, bool atOnce)
    {
        var plan = RetentionPlan.Make(Defaults, Noon, Used(used), isAsked: false);
        Assert.Equal((isTime, isTime, atOnce), (plan.IsTime, plan.IsShort, plan.AtOnce));
        Assert.False(RetentionPlan.Make(Defaults with { CleanFileForciblyEnable = false }, Noon, Used(used), isAsked: false).AtOnce);
    }

    [Fact]
    public void The_fuller_of_log_and_queues_counts() =>
        Assert.True(RetentionPlan.Make(Defaults, Noon, new DiskUsage(0.1, 0.8, 0.1), isAsked: false).IsShort);

    [Fact]
    public void A_file_goes_when_its_time_is_over_or_there_is_no_room()
    {
        var file = new LogFile(1024, Noon.AddHours(-72).ToUnixTimeMilliseconds());
        var asked = RetentionPlan.Make(Defaults, Noon, Used(0.1), isAsked: true);
        Assert.True(asked.Takes(file, Defaults, Noon));
        Assert.False(asked.Takes(file, Defaults, Noon.AddMilliseconds(-1)));
        Assert.True(RetentionPlan.Make(Defaults, Noon, Used(0.86), isAsked: false).Takes(file, Defaults, Noon.AddHours(-71)));
        Assert.False(RetentionPlan.Make(Defaults, Noon, Used(0.1), isAsked: false).Takes(file, Defaults, Noon.AddHours(9)));
    }

    [Fact]
    public void Defaults_are_Apaches_and_the_file_changes_them()
    {
        Assert.Equal(Defaults, RetentionOptions.Read(BrokerSettings.Read(PropertiesFile.Empty, out _)));
        var read = RetentionOptions.Read(BrokerSettings.Read(
            PropertiesFile.Parse("fileReservedTime=48\ndeleteWhen=02;14\ndiskMaxUsedSpaceRatio=60\ncleanFileForciblyEnable=false\ndiskSpaceWarningLevelRatio=95"), out _));
        Assert.Equal(
            Defaults with { FileReservedTime = TimeSpan.FromHours(48), DeleteWhen = "02;14", DiskMaxUsedSpaceRatio = 60, CleanFileForciblyEnable = false, DiskSpaceWarningLevelRatio = 95 },
            read);
    }

    [Fact]
    public void The_ratios_are_written_as_Apache_does() =>
        Assert.Equal("CL:  0.91 CQ:  0.50 INDEX:  1.00", new DiskUsage(0.91, 0.5, 1).ToString());

    private static DiskUsage Used(double part) => new(part, part, part);
}
