using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>How leaders come and go.</summary>
public sealed class LeaderScripts
{
    [Fact]
    public void Killed_leader_is_replaced_at_once_when_its_connections_break()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var script = new Script(3, seed: seed);
            var leader = script.WaitForWholeGroup();
            foreach (var other in script.Others(leader)) script.World.After(1, () => other.Call(core => core.PeerDown(leader.Id, other.NowMs)));
            leader.Kill();
            script.Wait("the next leader", () => script.World.Leader is { } next && next != leader, limitMs: 150);
        }
    }

    [Fact]
    public void Node_that_was_cut_off_does_not_disturb_the_leader_when_it_returns()
    {
        var script = new Script(5);
        var leader = script.WaitForWholeGroup();
        var term = leader.Core!.Term;
        script.Isolate(script.Others(leader)[0]);
        script.RunMs(5000);
        script.Network.Heal();
        script.WaitForWholeGroup();
        Assert.Equal((leader, term), (script.World.Leader, leader.Core.Term));
    }

    // Without new records its log is as good as any, so that only the others' leader speaks against it.
    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void Node_that_only_the_leader_does_not_reach_does_not_depose_it(int produceEveryMs)
    {
        var script = new Script(5, produceEveryMs: produceEveryMs);
        var leader = script.WaitForWholeGroup();
        var term = leader.Core!.Term;
        var deaf = script.Others(leader)[0];
        script.Network.Cut(leader.Index, deaf.Index);
        script.RunMs(5000);
        Assert.Equal((RaftRole.Leader, term), (leader.Core.Role, leader.Core.Term));
        script.Network.Heal();
        script.WaitForWholeGroup();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leader_without_a_majority_steps_down(bool bothWays)
    {
        var script = new Script(3);
        var leader = script.WaitForWholeGroup();
        foreach (var other in script.Others(leader))
        {
            script.Network.Cut(other.Index, leader.Index);
            if (bothWays) script.Network.Cut(leader.Index, other.Index);
        }

        // ElectionTimeoutMaxMs is 200 here, a tick 10.
        script.Wait("the leader to step down", () => leader.Core!.Role != RaftRole.Leader, limitMs: 230);
        Assert.False(leader.AppendsOpen);
        Assert.NotEqual(leader, script.WaitForLeader(otherThan: leader));
        script.Network.Heal();
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Leader_that_was_stopped_for_long_commits_nothing_afterwards()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var script = new Script(3, seed: seed);
            var leader = script.WaitForWholeGroup();
            var term = leader.Core!.Term;
            leader.Pause();
            var next = script.WaitForLeader(otherThan: leader);
            script.RunMs(15_000);
            var commit = leader.Core.Commit;
            leader.Resume();
            Assert.False(leader.Core.Role == RaftRole.Leader && leader.Core.Term == term && leader.Core.Commit > commit);
            script.RunMs(20);
            Assert.Equal(RaftRole.Follower, leader.Core.Role);
            Assert.Equal(next, script.World.Leader);
        }
    }

    [Fact]
    public void Preferred_node_takes_over_when_all_is_quiet_and_nothing_is_lost()
    {
        var script = new Script(3, preferred: true);
        script.WaitForWholeGroup();
        script.Nodes[0].Kill();
        script.WaitForLeader(otherThan: script.Nodes[0]);
        script.Nodes[0].Start();
        script.Wait("the preferred node to lead", () => script.World.Leader == script.Nodes[0], limitMs: 10_000);
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Handed_over_leadership_arrives_and_appends_go_on_there()
    {
        var script = new Script(5, produceEveryMs: 1);
        var leader = script.WaitForWholeGroup();
        var target = script.Others(leader)[2];
        leader.Call(core => core.TransferLeadership(target.Id, leader.NowMs));
        script.Wait("the target to lead", () => script.World.Leader == target, limitMs: 300);
        Assert.Equal(RaftRole.Follower, leader.Core!.Role);
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Handing_over_to_a_node_that_does_not_answer_ends_and_the_leader_goes_on()
    {
        var script = new Script(3, produceEveryMs: 1);
        var leader = script.WaitForWholeGroup();
        var target = script.Others(leader)[0];
        var term = leader.Core!.Term;
        script.Network.Holds = (from, to, message) => message is TimeoutNow;
        leader.Call(core => core.TransferLeadership(target.Id, leader.NowMs));
        script.Wait("appends to be held off", () => !leader.AppendsOpen);
        script.Wait("appends to be let in again", () => leader.AppendsOpen);
        Assert.Equal((RaftRole.Leader, term), (leader.Core.Role, leader.Core.Term));
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Leader_that_resigns_is_not_the_next_one()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var script = new Script(3, seed: seed);
            var leader = script.WaitForWholeGroup();
            leader.Call(core => core.Resign("its disk fails", leader.NowMs));
            Assert.False(leader.AppendsOpen);
            Assert.Contains("its disk fails", leader.Core!.Reason, StringComparison.Ordinal);
            Assert.NotEqual(leader, script.WaitForLeader());
        }
    }

    // The simulation found a group that stood still: its leader's disk was full, and nobody said so.
    [Fact]
    public void Leader_whose_log_takes_no_marker_gives_up()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var script = new Script(3, seed: seed);
            var leader = script.WaitForWholeGroup();
            var next = script.Others(leader)[0];
            leader.Call(core => core.TransferLeadership(next.Id, leader.NowMs));
            script.Wait("the next candidate", () => next.Core!.Role == RaftRole.Candidate, limitMs: 1000);
            next.DiskFull = true;
            var term = next.Core!.Term;
            script.Wait("another leader", () => script.World.Leader is { } other && other.Core!.Term > term, limitMs: 2000);
        }
    }

    // The simulation sent a whole window again at each refusal: hundreds of thousands of messages in a second.
    [Fact]
    public void Follower_that_cannot_write_is_not_flooded()
    {
        var script = new Script(3);
        var leader = script.WaitForWholeGroup();
        var full = script.Others(leader)[0];
        var before = script.World.Steps;
        script.RunMs(1000);
        var usual = script.World.Steps - before;
        full.DiskFull = true;
        script.RunMs(1000);
        before = script.World.Steps;
        script.RunMs(1000);
        Assert.InRange(script.World.Steps - before, 0, usual);
        full.DiskFull = false;
        script.WaitForWholeGroup();
    }

    // The simulation found followers that never caught up: only the answer to the newest question counted, and a heartbeat asked anew before it came.
    [Fact]
    public void Follower_catches_up_though_its_answers_take_longer_than_a_heartbeat()
    {
        var script = new Script(3, produceEveryMs: 20, latencyUs: 15_000);
        var leader = script.WaitForWholeGroup();
        var away = script.Others(leader)[0];
        away.Kill();
        script.RunMs(500);
        away.Start();
        script.WaitForWholeGroup(limitMs: 1000);
    }

    [Fact]
    public void Node_that_needs_deleted_files_gets_the_base()
    {
        var script = new Script(3, produceEveryMs: 1, fileSize: 512);
        var leader = script.WaitForWholeGroup();
        var away = script.Others(leader)[0];
        away.Kill();
        script.RunMs(500);
        foreach (var node in script.Others(away)) node.Log.DeleteBefore(Math.Min(node.Core!.Commit, node.Log.Synced));
        Assert.True(leader.Log.Start > away.Log.End);
        away.Start();
        script.WaitForWholeGroup();
        Assert.True(away.Log.Start > 0);
    }

    [Fact]
    public void Single_node_leads_itself()
    {
        var script = new Script(1);
        script.WaitForWholeGroup();
        script.Nodes[0].Kill();
        script.Nodes[0].Start();
        script.WaitForWholeGroup();
    }
}
