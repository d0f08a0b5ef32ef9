using RocketAspire.Chaos.Faults;

namespace RocketAspire.Chaos.Tests;

/// <summary>A seed is a schedule.</summary>
public sealed class ScheduleTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(120);

    [Fact]
    public void The_same_seed_makes_the_same_schedule() =>
        Assert.Equal(Schedule.Create(5, Length, FaultKinds.All), Schedule.Create(5, Length, FaultKinds.All));

    [Fact]
    public void Another_seed_makes_another_schedule() =>
        Assert.NotEqual(Schedule.Create(5, Length, FaultKinds.All), Schedule.Create(6, Length, FaultKinds.All));

    [Fact]
    public void Every_kind_comes_before_any_comes_twice()
    {
        var kinds = Schedule.Create(7, Length, FaultKinds.All).Select(static e => e.Kind).Take(FaultKinds.All.Length).ToList();
        Assert.Equal(kinds.Count, kinds.Distinct().Count());
    }

    [Fact]
    public void Faults_come_in_order_and_leave_calm_at_both_ends()
    {
        var at = Schedule.Create(8, Length, FaultKinds.All).Select(static e => e.At).ToList();
        Assert.Equal(at.Order(), at);
        Assert.True(at[0] >= TimeSpan.FromSeconds(1) && at[^1] <= Length - TimeSpan.FromSeconds(1), $"{at[0]} to {at[^1]}");
    }

    [Fact]
    public void Names_of_faults_lead_back_to_them()
    {
        Assert.Equal("kill-name-servers", FaultKinds.NameOf(FaultKind.KillNameServers));
        Assert.All(FaultKinds.All, static kind => Assert.Equal(kind, FaultKinds.Find(FaultKinds.NameOf(kind))));
        Assert.Null(FaultKinds.Find("earthquake"));
    }
}
