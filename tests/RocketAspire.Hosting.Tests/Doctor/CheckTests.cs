using RocketAspire.Hosting.Doctor;

namespace RocketAspire.Hosting.Tests.Doctor;

/// <summary>Each check with a cluster that lacks nothing and with one where one thing is wrong.</summary>
public sealed class CheckTests
{
    [Theory]
    [InlineData("2m-2s-sync", 9)]
    [InlineData("2m-noslave", 8)]
    [InlineData("dledger", 9)]
    [InlineData("single", 8)]
    public void A_cluster_that_lacks_nothing_has_one_good_word_a_check(string topology, int checks)
    {
        var findings = DoctorChecks.Examine(SoundFacts.Of(topology));
        Assert.All(findings, f => Assert.True(f.Severity == DoctorSeverity.Ok, f.ToString()));
        Assert.Equal(checks, findings.Select(f => f.Check).Distinct().Count());
        Assert.Equal(checks, findings.Count);
    }

    [Fact]
    public void A_node_that_does_not_answer_is_named_with_its_address()
    {
        var facts = SoundFacts.Of();
        Fails("address", "broker-b doesn't answer at 127.0.0.1:12911: refused", facts.With("broker-b", b => new BrokerFacts(b.Node) { Unreachable = "refused" }));
        Fails("address", "namesrv-2 doesn't answer at 127.0.0.1:9877: silent", facts with { NameServers = [facts.NameServers[0], facts.NameServers[1] with { Unreachable = "silent", Sees = null }] });
        Warns("address", "broker-a answers and doesn't tell its settings: No permission", facts.With("broker-a", b => b with { Refusal = "No permission", InForce = null }));
    }

    [Fact]
    public void A_port_that_is_published_under_another_number_fails() =>
        Fails("listen port", "broker-a is reached at port 10911 and listens on 10921, which is what it tells clients",
            SoundFacts.Of().With("broker-a", b => b with { InForce = SoundFacts.Set(b.InForce!, "listenPort", "10921") }), also: "settings");

    [Fact]
    public void A_closed_port_for_slaves_fails_and_the_one_for_older_clients_is_to_be_watched()
    {
        var facts = SoundFacts.Of();
        Fails("other ports", "the HA port of broker-a can't be reached at 127.0.0.1:10912: refused", facts.With("broker-a", b => b with { Ports = [b.Ports[0], b.Ports[1] with { Problem = "refused" }] }));
        Warns("other ports", "the VIP port of broker-a can't be reached at 127.0.0.1:10909: refused", facts.With("broker-a", b => b with { Ports = [b.Ports[0] with { Problem = "refused" }, b.Ports[1]] }));
    }

    [Fact]
    public void A_name_server_that_does_not_see_a_slave_or_sees_it_elsewhere_fails()
    {
        var facts = SoundFacts.Of();
        Fails("name servers", "namesrv-2 doesn't know broker-a-s (SLAVE, brokerId 1)", facts.Seeing("namesrv-2", i => i.BrokerAddrTable["broker-a"].BrokerAddrs.Remove(1)));
        Fails("name servers", "namesrv-1 knows broker-b at 10.0.0.7:12911 and not at 127.0.0.1:12911", facts.Seeing("namesrv-1", i => i.BrokerAddrTable["broker-b"].BrokerAddrs[0] = "10.0.0.7:12911"));
        Fails("name servers", "namesrv-1 sees no leader of broker-a", SoundFacts.Of("dledger").Seeing("namesrv-1", i => i.BrokerAddrTable["broker-a"].BrokerAddrs.Remove(0)));
    }

    [Fact]
    public void Who_is_named_by_a_groups_own_settings_and_known_to_nobody_is_missing()
    {
        var group = SoundFacts.Of("dledger");
        Fails("name servers", "no name server knows n2 of broker-a, which dLegerPeers names at 127.0.0.1:12931", Without(group, "broker-a-n2"));
        Fails("name servers", "broker-a has no master: nobody takes messages for it", Without(SoundFacts.Of(), "broker-a"));
        Warns("name servers", "broker-a has 1 copy of its log, and totalReplicas=2", Without(SoundFacts.Of(), "broker-a-s"));

        static ClusterFacts Without(ClusterFacts facts, string broker) => facts with { Brokers = [.. facts.Brokers.Where(b => b.Name != broker)], IsGenerated = false };
    }

    [Fact]
    public void A_setting_that_is_not_in_force_fails_and_one_that_nobody_knows_is_to_be_watched()
    {
        var facts = SoundFacts.Of();
        Fails("settings", "flushDiskType of broker-a is ASYNC_FLUSH in force and SYNC_FLUSH in its file", facts.With("broker-a", b => b with { InForce = SoundFacts.Set(b.InForce!, "flushDiskType", "ASYNC_FLUSH") }));
        Warns("settings", "broker-a doesn't know recallMessageEnable, which is true in its file", facts.With("broker-a", b => b with { InForce = SoundFacts.Set(b.InForce!, "recallMessageEnable", null) }));
        var other = facts.With("broker-a", b => b with { InForce = SoundFacts.Set(SoundFacts.Set(b.InForce!, "autoCreateTopicEnable", "True"), "storePathRootDir", b.Node.StoreDirectory + "/") });
        Assert.DoesNotContain(DoctorChecks.Examine(other), f => f.Severity != DoctorSeverity.Ok);
    }

    [Fact]
    public void A_store_that_cannot_be_written_or_has_no_room_fails()
    {
        var facts = SoundFacts.Of();
        Fails("store", "broker-a can't write its store /data/broker-a/store: denied", facts.With("broker-a", b => b with { Store = b.Store! with { WriteProblem = "denied" } }));
        Fails("store", "5 MB are free for broker-a at /data/broker-a/store", facts.With("broker-a", b => b with { Store = b.Store! with { FreeBytes = 5 << 20 } }));
        Warns("store", "only 500 MB are free for broker-a at /data/broker-a/store", facts.With("broker-a", b => b with { Store = b.Store! with { FreeBytes = 500 << 20 } }));
        Fails("store", "the disk of broker-a is 99 % full: from 99 % on it stores nothing", facts.With("broker-a", b => b with { Runtime = new Dictionary<string, string> { ["commitLogDiskRatio"] = "0.99" } }));
        Fails("store", "the disk of broker-a is 91 % full: from 90 % on it stores nothing", facts.With("broker-a", b => b with
        {
            Runtime = new Dictionary<string, string> { ["commitLogDiskRatio"] = "0.91" },
            InForce = SoundFacts.Set(b.InForce!, "diskSpaceWarningLevelRatio", "90"),
        }), also: "settings");
    }

    [Fact]
    public void Heaps_that_do_not_fit_into_the_memory_or_its_limit_fail()
    {
        var facts = SoundFacts.Of();
        Fails("memory", "6 heaps of 512 MB are more than the machine's 2048 MB", facts with { Machine = facts.Machine! with { MemoryBytes = 2L << 30 } });
        Fails("memory", "one node's heap may grow to 512 MB, more than the control group's limit of 256 MB", facts with { Machine = facts.Machine! with { LimitBytes = 256 << 20 } });
        Warns("memory", "6 heaps of 512 MB leave little of the machine's 4096 MB", facts with { Machine = facts.Machine! with { MemoryBytes = 4L << 30 } });
        Assert.DoesNotContain(DoctorChecks.Examine(facts with { Machine = facts.Machine! with { HeapBytes = null, MemoryBytes = 1 << 30 } }), f => f.Severity != DoctorSeverity.Ok);
    }

    [Theory]
    [InlineData(-3, 0, DoctorSeverity.Warn, "the clock of broker-a is 3 s behind this machine's")]
    [InlineData(3600, 0, DoctorSeverity.Fail, "the clock of broker-a is 3600 s ahead of this machine's")]
    [InlineData(1.5, -1.5, DoctorSeverity.Warn, "the clock of broker-a is 3 s ahead of broker-b's")]
    [InlineData(1, -0.9, DoctorSeverity.Ok, "4 clocks of brokers and this machine's agree")]
    public void Clocks_are_compared_with_ours_and_with_one_another(double a, double b, DoctorSeverity severity, string message)
    {
        var facts = SoundFacts.Of().With("broker-a", f => f with { ClockAhead = TimeSpan.FromSeconds(a) }).With("broker-b", f => f with { ClockAhead = TimeSpan.FromSeconds(b) });
        var finding = Assert.Single(DoctorChecks.Examine(facts), f => f.Check == "clocks");
        Assert.Equal((severity, message), (finding.Severity, finding.Message));
    }

    [Fact]
    public void A_copy_that_lags_is_to_be_watched_and_one_that_stands_still_fails()
    {
        var facts = SoundFacts.Of();
        Warns("replication", "broker-a-s lacks 4096 bytes of its leader's log and follows", facts.With("broker-a-s", b => b with { BytesBehind = 4096, IsCatchingUp = true }));
        Fails("replication", "broker-a-s lacks 1 bytes of its leader's log and doesn't follow", facts.With("broker-a-s", b => b with { BytesBehind = 1 }));
    }

    [Fact]
    public void The_report_tells_what_to_do_and_counts()
    {
        DoctorFinding[] findings = [DoctorFinding.Ok("clocks", "all well"), DoctorFinding.Warn("store", "little room", "make room"), DoctorFinding.Fail("address", "gone", "start it")];
        Assert.Equal(
        [
            "ok    clocks       all well",
            "warn  store        little room", "                   → make room",
            "FAIL  address      gone", "                   → start it",
            "doctor: 1 ok, 1 to watch, 1 failed",
        ], DoctorReport.Lines(findings));
        Assert.DoesNotContain(DoctorReport.Lines(findings, showsOk: false), l => l.StartsWith("ok", StringComparison.Ordinal));
        Assert.Equal((true, false), (DoctorReport.HasFailed(findings), DoctorReport.HasFailed(findings[..2])));
    }

    private static void Fails(string check, string message, ClusterFacts facts, string? also = null) => Finds(DoctorSeverity.Fail, check, message, facts, also);

    private static void Warns(string check, string message, ClusterFacts facts) => Finds(DoctorSeverity.Warn, check, message, facts, null);

    private static void Finds(DoctorSeverity severity, string check, string message, ClusterFacts facts, string? also)
    {
        var bad = DoctorChecks.Examine(facts).Where(f => f.Severity != DoctorSeverity.Ok && f.Check != also).ToList();
        var finding = Assert.Single(bad, f => f.Check == check);
        Assert.Equal((severity, message), (finding.Severity, finding.Message));
        Assert.NotEmpty(finding.NextStep);
    }
}
