using RocketAspire.Store;

namespace RocketAspire.Faults.Tests;

/// <summary>Lines are written with ' for " here.</summary>
public sealed class FaultCommandsTests
{
    private const string Nothing = "'peers':{},'disk':{'slowMs':0,'full':false,'failFlush':false},'clock':{'offsetMs':0}}";

    private readonly FaultSeams _seams = new(new FileSystemDevice(), TimeProvider.System);
    private readonly FaultCommands _commands;

    public FaultCommandsTests() => _commands = new FaultCommands(_seams);

    [Theory]
    [InlineData("{'isolate':{'peer':'n1'}}", "'n1':{'isolated':'both','refused':false,'delayMs':0,'dropPercent':0,'duplicatePercent':0}")]
    [InlineData("{'isolate':{'peer':'*','direction':'in'}}", "'*':{'isolated':'in',")]
    [InlineData("{'refuse':{'peer':'0'}}", "'0':{'isolated':'none','refused':true,")]
    [InlineData("{'delay':{'peer':'n1','ms':50}}", "'delayMs':50")]
    [InlineData("{'drop':{'peer':'n1','percent':2.5,'seed':1}}", "'dropPercent':2.5")]
    [InlineData("{'duplicate':{'peer':'n1','percent':100}}", "'duplicatePercent':100")]
    [InlineData("{'disk':{'slowMs':20}}", "'disk':{'slowMs':20,'full':false,'failFlush':false}")]
    [InlineData("{'disk':{'full':true,'failFlush':true}}", "'disk':{'slowMs':0,'full':true,'failFlush':true}")]
    [InlineData("{'clock':{'offsetMs':-3000}}", "'clock':{'offsetMs':-3000}")]
    [InlineData("{'isolate':{'peer':'n1'},'delay':{'peer':'n1','ms':5},'disk':{'full':true}}", "{'isolated':'both','refused':false,'delayMs':5,'dropPercent':0,'duplicatePercent':0}},'disk':{'slowMs':0,'full':true")]
    public void A_command_is_answered_with_what_is_in_force_then(string line, string inForce)
    {
        var answer = Execute(line);
        Assert.Contains(inForce, answer, StringComparison.Ordinal);
        Assert.Equal(answer, Execute("{'status':true}"));
    }

    [Fact]
    public void Healing_takes_away_one_peers_rules_or_all_and_leaves_disk_and_clock()
    {
        Execute("{'isolate':{'peer':'n1'},'delay':{'peer':'n2','ms':5},'drop':{'peer':'*','percent':5}}");
        Execute("{'disk':{'slowMs':1},'clock':{'offsetMs':1}}");
        Execute("{'heal':{'peer':'n1'}}");
        Assert.Equal(["*", "n2"], _seams.Network.Rules.Keys.Order(StringComparer.Ordinal));
        Assert.EndsWith("'peers':{},'disk':{'slowMs':1,'full':false,'failFlush':false},'clock':{'offsetMs':1}}", Execute("{'heal':true}"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_set_back_to_nothing_is_no_rule()
    {
        Execute("{'delay':{'peer':'n1','ms':5}}");
        Assert.EndsWith(Nothing, Execute("{'delay':{'peer':'n1','ms':0}}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello", "")]
    [InlineData("[]", "a command is an object")]
    [InlineData("{}", "the object is empty")]
    [InlineData("{'isolat':{'peer':'n1'}}", "there is no command 'isolat'; there are isolate, refuse, delay, drop, duplicate, heal, disk, clock, status")]
    [InlineData("{'isolate':{}}", "isolate: peer is missing")]
    [InlineData("{'isolate':{'peer':7}}", "isolate: peer must be a text")]
    [InlineData("{'isolate':{'peer':'n1','direction':'up'}}", "isolate: direction 'up' is none of in, out, both")]
    [InlineData("{'isolate':{'peer':'n1','ms':1}}", "isolate: there is no field 'ms'; there are peer, direction")]
    [InlineData("{'delay':{'peer':'n1'}}", "delay: ms must be a number from 0 to 600000")]
    [InlineData("{'drop':{'peer':'n1','percent':101}}", "drop: percent must be a number from 0 to 100")]
    [InlineData("{'disk':{'full':1}}", "disk: full must be true or false")]
    [InlineData("{'disk':true}", "disk: its value must be an object")]
    [InlineData("{'disk':{'full':true},'clock':{}}", "clock: offsetMs must be a number")]
    public void A_wrong_command_says_why_and_changes_nothing(string line, string error)
    {
        var answer = Execute(line);
        Assert.StartsWith("{'ok':false,'error':'", answer, StringComparison.Ordinal);
        Assert.Contains(error, answer, StringComparison.Ordinal);
        Assert.EndsWith(Nothing, Execute("{'status':true}"), StringComparison.Ordinal);
    }

    private string Execute(string line) =>
        _commands.Execute(line.Replace('\'', '"')).Replace('"', '\'').Replace("\\u0027", "'", StringComparison.Ordinal);
}
