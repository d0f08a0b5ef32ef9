using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using RocketAspire.Hosting.Engines.Containers;

namespace RocketAspire.Hosting.Faults;

/// <summary>A node's container, as its engine knows it.</summary>
/// <param name="Program">Docker or Podman.</param>
/// <param name="Name">The container's name.</param>
/// <param name="Network">The network that it can be cut off from; null on the host's.</param>
/// <param name="Address">Its own address there; null when it has none of its own.</param>
internal sealed record NodeContainer(ContainerProgram Program, string Name, string? Network, string? Address);

/// <summary>What can be done to a container to see the cluster bear it. Start, stop and restart are the orchestrator's.</summary>
internal sealed class ContainerCommands
{
    private const int PauseTries = 5;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenPauses = TimeSpan.FromMilliseconds(300);

    private readonly IResourceBuilder<IRocketMQNode> _builder;
    private readonly NodeContainer _container;

    // Since when the container runs that was paused or cut off: the next one of this node isn't.
    private DateTime? _paused;
    private DateTime? _isolated;

    private ContainerCommands(IResourceBuilder<IRocketMQNode> builder, NodeContainer container)
    {
        _builder = builder;
        _container = container;
    }

    public static void AddTo(IResourceBuilder<IRocketMQNode> builder, NodeContainer container) => new ContainerCommands(builder, container).Add();

    private void Add()
    {
        var node = _builder.Resource.Name;
        var onHost = _container.Network is null ? "Not possible here: the container shares the host's network. " : "";
        Add("kill", "Kill", "Ends the container at once, as a crash does. Its data stays; Start brings it back.", KillAsync, IsRunning, $"Kill {node}?");
        Add("pause", "Pause", "Stops the container's processes where they are; its connections stay open and fall silent.",
            async (context, started) =>
            {
                await PauseAsync(context).ConfigureAwait(false);
                _paused = started;
            }, s => IsRunning(s) && s.StartTimeStamp != _paused, $"Pause {node}?");
        Add("resume", "Resume", "Lets a paused container go on.",
            async (context, _) =>
            {
                await EngineAsync(context, "unpause", _container.Name).ConfigureAwait(false);
                _paused = null;
            }, s => IsRunning(s) && s.StartTimeStamp == _paused);
        Add("isolate", "Isolate", onHost + "Takes the container off its network: nobody reaches it, clients neither, and it reaches nobody.",
            async (context, started) =>
            {
                await EngineAsync(context, "network", "disconnect", _container.Network!, _container.Name).ConfigureAwait(false);
                _isolated = started;
            }, s => _container.Network is not null && IsRunning(s) && s.StartTimeStamp != _isolated, $"Isolate {node}?");
        Add("heal", "Heal", onHost + "Puts the container on its network again, under the same address.",
            async (context, _) =>
            {
                IEnumerable<string> address = _container.Address is null ? [] : ["--ip", _container.Address];
                await EngineAsync(context, ["network", "connect", .. address, _container.Network!, _container.Name]).ConfigureAwait(false);
                _isolated = null;
            }, s => _container.Network is not null && IsRunning(s) && s.StartTimeStamp == _isolated);
    }

    private void Add(string name, string display, string description, Func<ExecuteCommandContext, DateTime?, Task> run, Func<CustomResourceSnapshot, bool> isEnabled, string? confirm = null) =>
        _builder.WithCommand(name, display, async context =>
        {
            var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
            try
            {
                var started = notifications.TryGetCurrentState(context.ResourceName, out var current) ? current.Snapshot.StartTimeStamp : null;
                await run(context, started).ConfigureAwait(false);
                // The commands' states follow from it.
                await notifications.PublishUpdateAsync(_builder.Resource, context.ResourceName, static s => s).ConfigureAwait(false);
                return CommandResults.Success();
            }
            catch (Exception e) when (e is InvalidOperationException or RocketMQSettingException)
            {
                return CommandResults.Failure(e.Message);
            }
        }, new CommandOptions
        {
            Description = description,
            ConfirmationMessage = confirm,
            UpdateState = context => isEnabled(context.ResourceSnapshot) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        });

    private async Task KillAsync(ExecuteCommandContext context, DateTime? started)
    {
        await EngineAsync(context, "kill", _container.Name).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        limit.CancelAfter(EndLimit);
        // Whoever kills a node wants to start it next: that can be done once it is seen to have ended.
        await context.Services.GetRequiredService<ResourceNotificationService>()
            .WaitForResourceAsync(_builder.Resource.Name, e => !IsRunning(e.Snapshot) || e.Snapshot.StartTimeStamp != started, limit.Token).ConfigureAwait(false);
    }

    /// <summary>On a busy machine the system's freezer doesn't always get hold of all threads in the time that the engine gives it, and the engine lets go again.</summary>
    private async Task PauseAsync(ExecuteCommandContext context)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await EngineAsync(context, "pause", _container.Name).ConfigureAwait(false);
                return;
            }
            catch (InvalidOperationException) when (tries < PauseTries)
            {
                await Task.Delay(BetweenPauses, context.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task EngineAsync(ExecuteCommandContext context, params IEnumerable<string> arguments)
    {
        var answer = await _container.Program.RunAsync(arguments, context.CancellationToken).ConfigureAwait(false);
        if (!answer.IsGood) throw new InvalidOperationException($"{_container.Name}: {answer.Reason}");
    }

    private static bool IsRunning(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Running;
}
