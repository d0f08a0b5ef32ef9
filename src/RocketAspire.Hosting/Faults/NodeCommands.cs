using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace RocketAspire.Hosting.Faults;

/// <summary>
/// What can be done to a node to see the cluster bear it, as commands of its resource: in the dashboard, and by name from a test.
/// Their strengths are fixed; a test that wants others uses <see cref="IRocketMQNode.Faults"/>.
/// </summary>
internal sealed class NodeCommands
{
    private const int NoProcess = 0;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SlowFlush = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SlowNetwork = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WrongBy = TimeSpan.FromHours(1);
    private const double SomePercent = 5;

    private readonly IResourceBuilder<IRocketMQNode> _builder;

    // Which process was paused: the next one of this node isn't.
    private volatile int _paused = NoProcess;

    private NodeCommands(IResourceBuilder<IRocketMQNode> builder) => _builder = builder;

    private IRocketMQNode Node => _builder.Resource;

    /// <summary>What can be done to any process, whoever wrote its program.</summary>
    public static void AddProcessCommandsTo(IResourceBuilder<IRocketMQNode> builder) => new NodeCommands(builder).AddProcessCommands();

    /// <param name="builder">The node.</param>
    /// <param name="others">The other nodes of its group by their names as peers; none for a name server.</param>
    public static void AddTo(IResourceBuilder<IRocketMQNode> builder, IReadOnlyList<(string Node, string Peer)> others)
    {
        var commands = new NodeCommands(builder);
        commands.AddProcessCommands();
        if (builder.Resource.IsNameServer) return;
        commands.AddNetworkCommands(others);
        commands.AddMachineCommands();
    }

    private void AddProcessCommands()
    {
        Add("kill", "Kill", "Ends the process at once, as a crash does. Its data stays; Start brings it back.", KillAsync, IsRunning, confirm: $"Kill {Node.Name}?");
        Add("pause", "Pause", Reason(NodeSignals.WhyNoPause) + "Stops the process where it is; its connections stay open and fall silent.",
            context => SignalAsync(context, NodeSignals.Pause, pauses: true), s => NodeSignals.WhyNoPause is null && IsRunning(s) && !IsPaused(s), confirm: $"Pause {Node.Name}?");
        Add("resume", "Resume", Reason(NodeSignals.WhyNoPause) + "Lets a paused process go on.",
            context => SignalAsync(context, NodeSignals.Resume, pauses: false), s => NodeSignals.WhyNoPause is null && IsRunning(s) && IsPaused(s));
    }

    private void AddNetworkCommands(IReadOnlyList<(string Node, string Peer)> others)
    {
        const string Apart = "What is on its way stays there until Heal; clients still reach the node.";
        foreach (var (name, display, direction, what) in ((string, string, FaultDirection, string)[])
        [
            ("isolate", "Isolate", FaultDirection.Both, "Keeps the node apart from its group and the name servers."),
            ("isolate-in", "Isolate: hears nothing", FaultDirection.In, "Nothing from its group and the name servers reaches the node."),
            ("isolate-out", "Isolate: is not heard", FaultDirection.Out, "Nothing from the node reaches its group and the name servers."),
        ])
        {
            AddFault(name, display, $"{what} {Apart}", async (faults, ct) =>
            {
                await faults.IsolateAsync(NodeFaults.AllPeers, direction, ct).ConfigureAwait(false);
                await faults.IsolateAsync(NodeFaults.NameServers, direction, ct).ConfigureAwait(false);
            }, confirm: $"Isolate {Node.Name}?");
        }

        foreach (var (node, peer) in others.Append((NodeFaults.NameServers, NodeFaults.NameServers)))
        {
            var whom = peer == NodeFaults.NameServers ? "the name servers" : node;
            AddFault($"isolate-from-{node}", $"Isolate from {whom}", $"Keeps the node apart from {whom} only. {Apart}",
                (faults, ct) => faults.IsolateAsync(peer, FaultDirection.Both, ct), confirm: $"Isolate {Node.Name} from {whom}?");
        }

        AddFault("delay-peers", "Delay", $"What the node sends to its group arrives {SlowNetwork.TotalMilliseconds:0} ms later.", (faults, ct) => faults.DelayAsync(SlowNetwork, cancellationToken: ct));
        AddFault("drop-peers", "Drop", $"Loses {SomePercent:0} % of what the node sends to its group.", (faults, ct) => faults.DropAsync(SomePercent, cancellationToken: ct));
        AddFault("duplicate-peers", "Duplicate", $"Sends {SomePercent:0} % of what the node sends to its group twice.", (faults, ct) => faults.DuplicateAsync(SomePercent, cancellationToken: ct));
        AddFault("heal", "Heal", "The network between nodes is as it should be again.", (faults, ct) => faults.HealAsync(ct));
    }

    private void AddMachineCommands()
    {
        AddFault("slow-disk", "Slow disk", $"Each flush to disk takes {SlowFlush.TotalMilliseconds:0} ms longer.", (faults, ct) => faults.SlowDiskAsync(SlowFlush, ct));
        AddFault("full-disk", "Full disk", "Nothing more can be written.", (faults, ct) => faults.FullDiskAsync(true, ct), confirm: $"Fill the disk of {Node.Name}?");
        AddFault("fail-disk", "Failing disk", "Each flush fails; after the first the broker stores nothing until it is started anew.",
            (faults, ct) => faults.FailFlushAsync(true, ct), confirm: $"Break the disk of {Node.Name}?");
        AddFault("heal-disk", "Heal disk", "The disk is as it should be again.", (faults, ct) => faults.HealDiskAsync(ct));
        AddFault("clock-ahead", "Clock ahead", $"The node's time of day is {WrongBy.TotalHours:0} hour ahead.", (faults, ct) => faults.ShiftClockAsync(WrongBy, ct));
        AddFault("clock-behind", "Clock behind", $"The node's time of day is {WrongBy.TotalHours:0} hour behind.", (faults, ct) => faults.ShiftClockAsync(-WrongBy, ct));
        AddFault("clock-right", "Clock right", "The node's time of day is the machine's again.", (faults, ct) => faults.ShiftClockAsync(TimeSpan.Zero, ct));
    }

    private void AddFault(string name, string display, string description, Func<NodeFaults, CancellationToken, Task> run, string? confirm = null)
    {
        var faults = Node.Faults;
        var reason = faults is null ? "the path of its socket would be too long, even in the temporary folder" : null;
        Add(name, display, Reason(reason) + description, context => run(faults!, context.CancellationToken), s => faults is not null && IsRunning(s) && !IsPaused(s), confirm);
    }

    private void Add(string name, string display, string description, Func<ExecuteCommandContext, Task> run, Func<CustomResourceSnapshot, bool> isEnabled, string? confirm = null) =>
        _builder.WithCommand(name, display, async context =>
        {
            try
            {
                await run(context).ConfigureAwait(false);
                return CommandResults.Success();
            }
            catch (InvalidOperationException e)
            {
                return CommandResults.Failure(e.Message);
            }
        }, new CommandOptions
        {
            Description = description,
            ConfirmationMessage = confirm,
            UpdateState = context => isEnabled(context.ResourceSnapshot) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        });

    private async Task KillAsync(ExecuteCommandContext context)
    {
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        var processId = ProcessIdOf(context, notifications);
        NodeSignals.Kill(processId);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        limit.CancelAfter(EndLimit);
        // Whoever kills a node wants to start it next: that can be done once it is seen to have ended.
        await notifications.WaitForResourceAsync(Node.Name, e => !IsRunning(e.Snapshot) || ProcessIdOf(e.Snapshot) != processId, limit.Token).ConfigureAwait(false);
    }

    private async Task SignalAsync(ExecuteCommandContext context, Action<int> send, bool pauses)
    {
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        var processId = ProcessIdOf(context, notifications);
        send(processId);
        _paused = pauses ? processId : NoProcess;
        // The commands' states follow from it.
        await notifications.PublishUpdateAsync(Node, context.ResourceName, static s => s).ConfigureAwait(false);
    }

    private static string Reason(string? reason) => reason is null ? "" : $"Not possible here: {reason}. ";

    private static bool IsRunning(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Running;

    private static int ProcessIdOf(ExecuteCommandContext context, ResourceNotificationService notifications) =>
        notifications.TryGetCurrentState(context.ResourceName, out var current) && ProcessIdOf(current.Snapshot) is not NoProcess and var processId
            ? processId
            : throw new InvalidOperationException($"{context.ResourceName} publishes no process id");

    private static int ProcessIdOf(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(static p => p.Name == "executable.pid")?.Value is { } value ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : NoProcess;

    private bool IsPaused(CustomResourceSnapshot snapshot) => _paused != NoProcess && ProcessIdOf(snapshot) == _paused;
}
