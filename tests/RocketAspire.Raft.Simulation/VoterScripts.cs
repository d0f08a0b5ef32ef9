using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>Who may vote: new groups, wiped nodes, damaged logs.</summary>
public sealed class VoterScripts
{
    // The old vote of a wiped node is on its way, for a term above that of the leader through which it joins again. Its new
    // life may vote in that term too; what keeps both from winning is the record that the leader committed for the joining.
    // Only a record appended after the joining began is one: that the leader's disk was done with an older one says nothing.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Wiped_node_does_not_vote_twice(bool leaderSyncsLate)
    {
        var script = new Script(5);
        var leader = script.WaitForWholeGroup();
        if (leaderSyncsLate) leader.SyncUs = 10_000_000;
        var (candidate, wiped) = (script.Others(leader)[0], script.Others(leader)[1]);
        var rest = script.Others(leader, candidate, wiped);
        var term = leader.Core!.Term;

        // The candidate gets the vote of the node that will be wiped, and asks nobody else yet.
        script.Network.Holds = (from, to, message) => from == candidate.Index && message is Vote && to != wiped.Index;
        leader.Call(core => core.TransferLeadership(candidate.Id, leader.NowMs));
        script.Wait("the candidate's first vote", () => wiped.Core!.State.VotedFor == candidate.Id);
        script.RunMs(5);
        Assert.Equal(RaftRole.Candidate, candidate.Core!.Role);
        Assert.Equal(term + 1, candidate.Core.Term);
        candidate.Pause();
        script.Network.Holds = null;
        wiped.Lose(Loss.Everything);
        wiped.Start();
        script.Wait("the leader to hear of it", () => leader.Core.Peers[wiped.Index].Member == MemberState.Learner);
        leader.SyncUs = 300;
        if (leaderSyncsLate) leader.OnSynced();
        script.Wait("the wiped node to join again", () => wiped.Core!.State.Member == MemberState.Voter);
        Assert.Equal((RaftRole.Leader, term), (leader.Core.Role, leader.Core.Term));

        // Now the others get the old candidate's questions, and it would need but one more vote.
        script.Isolate(leader);
        script.Network.Held.RemoveAll(held => held.To == leader.Index);
        candidate.Resume();
        script.Network.Release();
        script.RunMs(5);
        Assert.NotEqual(RaftRole.Leader, candidate.Core.Role);
        Assert.All(rest, node => Assert.NotEqual(candidate.Id, node.Core!.State.VotedFor));
        script.WaitForLeader(otherThan: leader);
        script.Network.Heal();
        script.WaitForWholeGroup();
    }

    [Fact]
    public void New_group_waits_until_all_its_nodes_are_there()
    {
        var script = new Script(3);
        script.Nodes[2].Kill();
        script.RunMs(5000);
        Assert.True(script.NobodyLeads);
        Assert.Equal("a new group needs all its nodes; not heard: n2", script.Nodes[0].Core!.Reason);
        script.Nodes[2].Start();
        script.WaitForWholeGroup();
    }

    // Found by thought, kept as a script: the birth is told by whoever knows it, so it needs no second moment with all nodes there.
    [Fact]
    public void Node_that_was_there_at_the_birth_votes_though_it_heard_of_it_late()
    {
        var script = new Script(3);
        script.Wait("the birth", () => script.Nodes.Any(static node => node.DiskState?.Group is not null));
        var born = script.Nodes.First(static node => node.DiskState?.Group is not null);
        var late = script.Others(born)[0];
        var wasBlank = late.DiskState!.Member == MemberState.Blank;
        late.Kill();
        script.RunMs(1000);
        late.Start();
        script.WaitForWholeGroup();
        Assert.True(wasBlank);
    }

    [Fact]
    public void Wiped_node_copies_everything_before_it_is_counted()
    {
        var script = new Script(3);
        var leader = script.WaitForWholeGroup();
        var (wiped, other) = (script.Others(leader)[0], script.Others(leader)[1]);
        other.Kill();
        wiped.Lose(Loss.Everything);
        var committed = script.World.Checker.LedgerEnd;
        wiped.Start();
        script.RunMs(5000);

        // The leader and a node that forgot what it held are no majority.
        Assert.InRange(script.World.Checker.LedgerEnd, committed, committed);
        Assert.Equal(MemberState.Learner, wiped.Core!.State.Member);
        other.Start();
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Wiped_majority_elects_nobody_and_says_so()
    {
        var script = new Script(3);
        script.WaitForWholeGroup();
        script.Nodes[0].Lose(Loss.Everything);
        script.Nodes[1].Lose(Loss.Everything);
        script.Nodes[0].Start();
        script.Nodes[1].Start();
        script.RunMs(20_000);
        Assert.True(script.NobodyLeads);
        Assert.All(script.Nodes, static node => Assert.Contains("n0, n1 lost their data", node.Core!.Reason, StringComparison.Ordinal));
        Assert.All(script.Nodes, static node => Assert.Contains("--force-new-group", node.Core!.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Forced_new_group_goes_on_with_what_one_node_has()
    {
        var script = new Script(3);
        script.WaitForWholeGroup();
        script.Nodes[0].Lose(Loss.Everything);
        script.Nodes[1].Lose(Loss.Everything);
        script.Nodes[0].Start();
        script.Nodes[1].Start();
        script.RunMs(1000);
        var kept = script.Nodes[2].Core!.Commit;
        script.Nodes[2].Call(static core => core.BecomeNewGroupForced());
        var leader = script.WaitForWholeGroup();
        Assert.Equal(script.Nodes[2], leader);
        Assert.True(script.World.Checker.LedgerEnd > kept);
    }

    // The simulation lost a record here: the state was there, and had not yet been told that anything was committed.
    [Fact]
    public void Log_taken_away_before_the_first_commit_is_written_down_is_noticed()
    {
        var script = new Script(3, produceEveryMs: 1000);
        script.Network.Holds = static (from, to, message) => message is Append && to == 2;
        var leader = script.WaitForLeader();
        Assert.NotEqual(2, leader.Index);
        script.Wait("the first commit", () => script.World.Checker.LedgerEnd > 0);
        var (holder, empty) = (script.Nodes[1 - leader.Index], script.Nodes[2]);
        leader.Kill();
        holder.Lose(Loss.Log);
        script.Network.Holds = null;
        holder.Start();
        script.RunMs(5000);
        Assert.True(script.NobodyLeads);
        Assert.Equal(MemberState.Suspect, holder.Core!.State.Member);
        Assert.Equal(0, empty.Log.End);
        leader.Start();
        script.WaitForWholeGroup();
    }

    // And then it took a node's vote that had lost nothing: its disk was full at the first write.
    [Fact]
    public void Disk_that_was_full_at_the_first_write_costs_no_vote()
    {
        var script = new Script(3);
        script.Nodes[2].DiskFull = true;
        script.Nodes[2].Call(static core => core.CanLead = false);
        script.WaitForLeader();
        script.RunMs(500);
        Assert.Equal(0, script.Nodes[2].Log.End);
        script.Nodes[2].Kill();
        script.Nodes[2].DiskFull = false;
        script.Nodes[2].Start();
        Assert.Equal(MemberState.Voter, script.Nodes[2].Core!.State.Member);
        script.WaitForWholeGroup();
    }

    // The simulation found a node that was elected though its log was gone, and a suspect again after each of its starts.
    [Fact]
    public void Elected_with_an_empty_log_a_node_is_no_suspect_any_more()
    {
        var script = new Script(3);
        foreach (var node in script.Nodes) node.DiskFull = true;
        script.Wait("the birth", () => script.Nodes.All(static node => node.Core!.State.Member == MemberState.Voter));
        var emptied = script.Nodes[0];
        emptied.DiskFull = false;
        emptied.Call(static core => core.CanLead = true);
        foreach (var other in script.Others(emptied)) other.Call(static core => core.CanLead = false);
        script.Isolate(script.Nodes[1]);
        script.WaitForLeader();
        script.Wait("a durable byte", () => emptied.DiskState!.HasLog);
        emptied.Lose(Loss.Log);
        emptied.DiskFull = true;
        script.Network.Heal();
        emptied.Start();
        Assert.Equal(MemberState.Suspect, emptied.Core!.State.Member);
        var term = emptied.Core.Term;
        script.Wait("its election", () => emptied.Core.Term > term && emptied.DiskState!.Member == MemberState.Voter);
        emptied.Kill();
        emptied.Start();
        Assert.Equal(MemberState.Voter, emptied.Core!.State.Member);
        foreach (var node in script.Nodes)
        {
            node.DiskFull = false;
            node.Call(static core => core.CanLead = true);
        }

        script.WaitForWholeGroup();
    }

    // The simulation found a voter that became a suspect, though all that it had lost was cut away by its leader.
    [Fact]
    public void Log_cut_to_nothing_by_a_leader_costs_no_vote()
    {
        var script = new Script(3);
        script.Network.Holds = static (from, to, message) => message is Append;
        var cut = script.WaitForLeader();
        script.Wait("a durable byte", () => cut.DiskState!.HasLog);
        script.Isolate(cut);
        script.Network.Holds = null;
        script.Network.Held.Clear();
        script.WaitForLeader(otherThan: cut);
        cut.DiskFull = true;
        script.Network.Heal();
        script.Wait("its log to be cut", () => cut.Log.End == 0);
        cut.Kill();
        cut.DiskFull = false;
        cut.Start();
        Assert.Equal(MemberState.Voter, cut.Core!.State.Member);
        script.WaitForWholeGroup();
    }

    // The simulation found a node whose state could not be read and that let a leader of long ago cut what it held of a newer one.
    [Fact]
    public void Node_without_its_state_does_not_obey_a_leader_older_than_its_log()
    {
        var script = new Script(3);
        var old = script.WaitForWholeGroup();
        old.Pause();
        var leader = script.WaitForLeader(otherThan: old);
        var forgetful = script.Others(old, leader)[0];
        script.Wait("a record of the new leader", () => forgetful.Log.Terms[^1].Term == leader.Core!.Term);
        leader.Pause();
        forgetful.Lose(Loss.State);
        forgetful.Start();
        Assert.Equal(leader.Core!.Term, forgetful.Core!.Term);
        var end = forgetful.Log.End;
        old.Resume();
        script.RunMs(500);
        Assert.Equal(end, forgetful.Log.End);
        leader.Resume();
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Node_that_lost_its_tail_gives_nobody_a_majority()
    {
        var script = new Script(3);
        var leader = script.WaitForWholeGroup();
        var (damaged, behind) = (script.Others(leader)[0], script.Others(leader)[1]);
        script.Isolate(behind);
        script.RunMs(50);
        leader.Kill();
        damaged.Lose(Loss.Tail);
        script.Network.Heal();
        damaged.Start();
        script.RunMs(5000);
        Assert.True(script.NobodyLeads);

        // With all three there, the longest log is known, and the damaged node may vote.
        leader.Start();
        script.WaitForWholeGroup();
    }

    [Fact]
    public void After_power_loss_everywhere_all_asynchronous_nodes_elect_the_longest_log_together()
    {
        var script = new Script(3, syncFlush: false);
        script.WaitForWholeGroup();
        script.World.Checker.ForgiveLoss = true;
        foreach (var node in script.Nodes) node.LosePower();
        script.Nodes[0].Start();
        script.Nodes[1].Start();
        script.RunMs(5000);
        Assert.True(script.NobodyLeads);
        Assert.Equal(MemberState.Suspect, script.Nodes[0].Core!.State.Member);
        script.Nodes[2].Start();
        script.WaitForWholeGroup();
    }

    [Fact]
    public void Power_loss_everywhere_costs_nothing_with_SYNC_FLUSH()
    {
        var script = new Script(5);
        for (var round = 0; round < 20; round++)
        {
            script.WaitForWholeGroup();
            foreach (var node in script.Nodes) node.LosePower();
            foreach (var node in script.Nodes) node.Start();
            Assert.All(script.Nodes, static node => Assert.Equal(MemberState.Voter, node.Core!.State.Member));
        }

        script.WaitForWholeGroup();
    }
}
