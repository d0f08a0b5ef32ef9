using RocketAspire.Broker.Ha;

namespace RocketAspire.Broker.Tests.Replication;

public sealed class MasterGateTests
{
    private static readonly TimeSpan Forget = TimeSpan.FromSeconds(5);
    private static readonly LogSummary Short = new([new(1, 0)], 0, 100, 100);
    private static readonly LogSummary Long = new([new(1, 0)], 0, 200, 200);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(2, 2, 1)]
    [InlineData(4, 2, 3)]
    [InlineData(1, 0, 1)]
    [InlineData(3, 0, 1)]
    [InlineData(0, 1, 1)]
    public void So_many_slaves_are_heard_that_none_of_the_rest_confirmed_a_byte_alone(int expected, int acks, int toHear) =>
        Assert.Equal(toHear, MasterGate.SlavesToHear(expected, acks));

    [Fact]
    public void An_equally_empty_slave_releases_a_new_master()
    {
        var gate = new MasterGate(GateState.Closed, 1, 1, Forget);
        Assert.NotEmpty(gate.Reason);
        Assert.Equal(new ReplicationAction.StreamFrom(0), gate.OnSlave(1, LogSummary.Empty, new ReplicationAction.StreamFrom(0), TimeSpan.Zero));
        Assert.Equal(GateState.Open, gate.State);
        Assert.Empty(gate.Reason);
    }

    [Fact]
    public void What_a_slave_has_more_is_copied_before_it_opens()
    {
        var gate = new MasterGate(GateState.Closed, 1, 1, Forget);
        var copy = new ReplicationAction.CopyBackToMaster(0, 100, true);
        Assert.Equal(copy, gate.OnSlave(1, Short, copy, TimeSpan.Zero));
        Assert.Equal((GateState.Copying, 1L), (gate.State, gate.CopyingFrom));
        gate.OnSlave(1, Short, new ReplicationAction.StreamFrom(100), TimeSpan.FromSeconds(1));
        Assert.Equal(GateState.Open, gate.State);
    }

    [Fact]
    public void With_two_slaves_the_one_whose_log_goes_furthest_is_copied_from()
    {
        var gate = new MasterGate(GateState.Closed, 2, 2, Forget);
        var copyShort = new ReplicationAction.CopyBackToMaster(0, 100, true);
        var copyLong = new ReplicationAction.CopyBackToMaster(0, 200, true);
        Assert.IsType<ReplicationAction.Wait>(gate.OnSlave(1, Short, copyShort, TimeSpan.Zero));
        Assert.Equal(copyLong, gate.OnSlave(2, Long, copyLong, TimeSpan.Zero));
        Assert.IsType<ReplicationAction.Wait>(gate.OnSlave(1, Short, copyShort, TimeSpan.FromSeconds(1)));
        gate.OnSlave(2, Long, new ReplicationAction.StreamFrom(200), TimeSpan.FromSeconds(2));
        Assert.NotEqual(GateState.Open, gate.State);
        gate.OnSlave(1, Short, new ReplicationAction.StreamFrom(100), TimeSpan.FromSeconds(2));
        Assert.Equal(GateState.Open, gate.State);
    }

    [Fact]
    public void A_slave_that_falls_silent_while_copying_is_forgotten()
    {
        var gate = new MasterGate(GateState.Closed, 2, 1, Forget);
        var copy = new ReplicationAction.CopyBackToMaster(0, 200, true);
        gate.OnSlave(2, Long, copy, TimeSpan.Zero);
        gate.OnProgress(2, TimeSpan.FromSeconds(4));
        Assert.IsType<ReplicationAction.Wait>(gate.OnSlave(1, Short, copy, TimeSpan.FromSeconds(8)));
        Assert.Equal(copy, gate.OnSlave(1, Short, copy, TimeSpan.FromSeconds(10)));
        Assert.Equal(1, gate.CopyingFrom);
    }

    [Fact]
    public void An_empty_slave_is_no_witness_while_another_may_hold_something()
    {
        var gate = new MasterGate(GateState.Closed, 2, 1, Forget);
        Assert.IsType<ReplicationAction.Wait>(gate.OnSlave(1, LogSummary.Empty, new ReplicationAction.StreamFrom(0), TimeSpan.Zero));
        Assert.Equal(GateState.Closed, gate.State);
        gate.OnSlave(2, LogSummary.Empty, new ReplicationAction.StreamFrom(0), TimeSpan.Zero);
        Assert.Equal(GateState.Open, gate.State);
    }

    [Fact]
    public void A_refusal_keeps_it_closed_and_is_the_reason()
    {
        var gate = new MasterGate(GateState.Closed, 1, 1, Forget);
        gate.OnSlave(1, Short, new ReplicationAction.Refuse("another log"), TimeSpan.Zero);
        Assert.Equal(GateState.Closed, gate.State);
        Assert.Contains("another log", gate.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plain_slave_that_holds_no_more_releases_it()
    {
        var gate = new MasterGate(GateState.Closed, 1, 1, Forget);
        gate.OnPlainSlave(-1, 100, TimeSpan.Zero);
        Assert.Equal(GateState.Open, gate.State);
    }
}
