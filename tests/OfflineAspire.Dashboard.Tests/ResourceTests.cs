using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using OfflineAspire.Dashboard.Resources;
using OfflineAspire.Dashboard.Text;
using OfflineAspire.ResourceProtocol;
using Resource = OfflineAspire.ResourceProtocol.Resource;

namespace OfflineAspire.Dashboard.Tests;

public sealed partial class ResourceTests
{
    [Fact]
    public void Children_stand_behind_their_parents_and_what_is_hidden_is_left_out()
    {
        var list = new ResourceList([Of("b-1", "b"), Of("child-2", "child", parent: "a-1"), Of("a-1", "a"), Of("grandchild-3", "grandchild", parent: "child-2"), Of("x", "x", hidden: true), Of("lost", "lost", parent: "gone")]);

        Assert.Equal([("a", 0), ("child", 1), ("grandchild", 2), ("b", 0), ("lost", 0)], list.Rows.Select(static r => (r.Resource.Name, r.Depth)));
        Assert.Equal("child-2", list.Find("CHILD")!.Id);
    }

    [Fact]
    public void Who_is_his_own_grandparent_is_shown_all_the_same()
    {
        var list = new ResourceList([Of("a", "a", parent: "b"), Of("b", "b", parent: "a"), Of("c", "c", parent: "c")]);

        Assert.Equal(["a", "b", "c"], list.Rows.Select(static r => r.Resource.Name).Order());
    }

    [Fact]
    public void A_running_resource_is_as_healthy_as_its_worst_check()
    {
        Assert.Equal(Condition.Good, Of("a", "a").Condition);
        Assert.Equal((HealthStatus.Unhealthy, Condition.Bad), (Of("a", "a", health: [HealthStatus.Healthy, HealthStatus.Unhealthy]).Health, Of("a", "a", health: [HealthStatus.Unhealthy]).Condition));
        Assert.Equal(HealthStatus.Degraded, Of("a", "a", health: [HealthStatus.Healthy, HealthStatus.Degraded]).Health);
        Assert.Null(Of("a", "a", state: "Exited").Health);
    }

    [Fact]
    public void Resources_stand_above_those_that_they_need()
    {
        var layout = new GraphLayout(new ResourceList([Of("api", "api", needs: ["worker", "queue"]), Of("worker", "worker", needs: ["queue"]), Of("queue", "queue"), Of("node", "node", parent: "queue")]), narrow: false);

        Assert.True(layout.Nodes["api"].Place.Bottom < layout.Nodes["worker"].Place.Y);
        Assert.True(layout.Nodes["worker"].Place.Bottom < layout.Boxes["queue"].Place.Y);
        Assert.True(layout.Nodes["node"].Place.Y > layout.Boxes["queue"].Place.Y && layout.Nodes["node"].Place.Bottom < layout.Boxes["queue"].Place.Bottom);
        Assert.Equal(3, layout.Edges.Count);
        // Those who wait for each other have a place too.
        Assert.Equal(2, new GraphLayout(new ResourceList([Of("a", "a", needs: ["b"]), Of("b", "b", needs: ["a"])]), narrow: true).Nodes.Count);
    }

    [Fact]
    public void A_line_of_a_console_has_its_time_and_colours_apart_and_no_other_control_characters()
    {
        var line = ConsoleLine.Of(new ConsoleLogLine { LineNumber = 3, IsStdErr = true, Text = "2026-11-24T02:20:08.123Z \u001b[1;31mred\u001b[0m plain\u001b[38;5;9m bright \u001b]0;title\u0007\u001b[2Kend\u0008\t|" });

        Assert.Equal(new DateTimeOffset(2026, 11, 24, 2, 20, 8, 123, TimeSpan.Zero), line.At);
        Assert.Equal("red plain bright end    |", line.Text);
        Assert.Equal([new("red", "f1 bold"), new(" plain", ""), new(" bright end    |", "f9")], line.Parts);
        Assert.Equal("no time here", ConsoleLine.Of(new ConsoleLogLine { Text = "no time here" }).Text);
        Assert.InRange(ConsoleLine.Of(new ConsoleLogLine { Text = new string('x', 100_000) }).Text.Length, 1, 8_010);
    }

    [Theory]
    [InlineData("\u001b")]
    [InlineData("\u001b[")]
    [InlineData("\u001b[31")]
    [InlineData("\u001b]0;never ends")]
    [InlineData("\u001b[999999999999m")]
    [InlineData("\u001b[38;5m")]
    [InlineData("\u001b[38;2;1;2;3m")]
    public void Broken_sequences_break_nothing(string text) => Assert.Equal("", ConsoleLine.Of(new ConsoleLogLine { Text = text }).Text);

    [Fact]
    public void Each_text_of_the_pages_has_a_Chinese_twin()
    {
        var sources = RunningProcess.Metadata("dashboard-sources");
        var files = Directory.EnumerateFiles(Path.Combine(sources, "Components"), "*.*", SearchOption.AllDirectories).Append(Path.Combine(sources, "Login", "LoginEndpoints.cs"));
        var texts = files.SelectMany(static file => Text().Matches(File.ReadAllText(file)).Select(static match => match.Groups.Cast<Group>().Skip(1).First(static g => g.Success).Value));
        string[] states = ["Running", "Starting", "Stopping", "Exited", "Finished", "Waiting", "NotStarted", "FailedToStart", "RuntimeUnhealthy", "Active", "Start", "Stop", "Restart", "Kill", "Pause", "Resume", "Isolate", "Heal", "Parent", "Reference", "WaitFor"];
        var kinds = System.Enum.GetNames<HealthStatus>().Concat(System.Enum.GetNames<Telemetry.SpanKind>()).Concat(System.Enum.GetNames<Telemetry.LogSeverity>()).Concat(System.Enum.GetNames<Telemetry.InstrumentKind>());

        Assert.Equal([], texts.Concat(states).Concat(kinds).Where(static text => !Chinese.Texts.ContainsKey(text)).Distinct());
    }

    [GeneratedRegex("""(?:\bL\[|\bSay\()"([^"]+)"[\])]|None="([^"]+)"|string None \{ get; set; \} = "([^"]+)""")]
    private static partial Regex Text();

    private static ResourceState Of(string id, string name, string? parent = null, string state = "Running", bool hidden = false, HealthStatus[]? health = null, string[]? needs = null)
    {
        var resource = new Resource { Name = id, DisplayName = name, ResourceType = "Executable", State = state, IsHidden = hidden };
        if (parent is not null) resource.Properties.Add(new ResourceProperty { Name = "resource.parentName", Value = Value.ForString(parent) });
        resource.HealthReports.AddRange((health ?? []).Select(static h => new HealthReport { Key = "k", Status = h }));
        resource.Relationships.AddRange((needs ?? []).Select(static n => new ResourceRelationship { ResourceName = n, Type = "WaitFor" }));
        return ResourceState.Of(resource);
    }
}
