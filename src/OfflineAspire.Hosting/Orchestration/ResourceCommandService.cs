using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Runs the commands of resources: their own, and start, stop and restart of everything that has a process.</summary>
public class ResourceCommandService
{
    private readonly IServiceProvider _services;

    internal ResourceCommandService(IServiceProvider services) => _services = services;

    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        IResource? resource = _services.GetRequiredService<DistributedApplicationModel>().Resources.FirstOrDefault(r =>
            string.Equals(r.ResourceId(), resourceId, StringComparison.OrdinalIgnoreCase) || string.Equals(r.Name, resourceId, StringComparison.OrdinalIgnoreCase));
        return resource is null ? Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."))
            : ExecuteCommandAsync(resource, commandName, cancellationToken);
    }

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        ResourceCommandAnnotation? command = resource.Annotations.OfType<ResourceCommandAnnotation>().LastOrDefault(c => c.Name == commandName);
        if (command is null)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.ResourceId()}'.");
        }
        if (_services.GetRequiredService<ResourceNotificationService>().TryGetCurrentState(resource.ResourceId(), out ResourceEvent? current)
            && command.UpdateState(new() { ResourceSnapshot = current.Snapshot, Services = _services }) != ResourceCommandState.Enabled)
        {
            return CommandResults.Failure($"Command '{commandName}' is not enabled for resource '{resource.ResourceId()}' in state '{current.Snapshot.State?.Text}'.");
        }
        try
        {
            return await command.ExecuteCommand(new()
            {
                Services = _services,
                ResourceName = resource.ResourceId(),
                CancellationToken = cancellationToken,
                Logger = _services.GetRequiredService<ResourceLoggerService>().GetLogger(resource),
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception e)
        {
            return CommandResults.Failure(e);
        }
    }
}
