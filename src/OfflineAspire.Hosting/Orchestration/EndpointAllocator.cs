using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace OfflineAspire;

/// <summary>
/// Gives every endpoint of a process or container its address before anything starts, so that resources can name each other in any
/// order. There is no proxy: a process listens where its callers connect.
/// </summary>
internal static class EndpointAllocator
{
    public static void Allocate(IEnumerable<IResource> resources)
    {
        var taken = new List<Socket>();
        try
        {
            foreach (IResource resource in resources.Where(ResourceTypes.HasProcess))
            {
                foreach (EndpointAnnotation endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                {
                    Allocate(resource, endpoint, taken);
                }
            }
        }
        finally
        {
            taken.ForEach(s => s.Dispose());
        }
    }

    private static void Allocate(IResource resource, EndpointAnnotation endpoint, List<Socket> taken)
    {
        bool isContainer = resource.IsContainer();
        if (isContainer && endpoint.TargetPort is null)
        {
            throw new DistributedApplicationException($"The endpoint '{endpoint.Name}' for container resource '{resource.Name}' must specify the TargetPort.");
        }
        if (!isContainer && !endpoint.IsProxied && endpoint.Port is { } own && endpoint.TargetPort is { } target && own != target)
        {
            throw new DistributedApplicationException($"The endpoint '{endpoint.Name}' for resource '{resource.Name}' is not proxied, and it has a value "
                + $"of Port property ({own}) that is different from the value of TargetPort property ({target}). For non-proxied endpoints they must match.");
        }
        int port = (isContainer ? endpoint.Port : endpoint.Port ?? endpoint.TargetPort) ?? FreePort(taken);
        endpoint.Port = port;
        if (!isContainer)
        {
            endpoint.TargetPort = port;
        }
        string host = endpoint.TargetHost is "0.0.0.0" or "::" or "*" or "+" or "[::]" ? "localhost" : endpoint.TargetHost;
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(KnownNetworkIdentifiers.LocalhostNetwork,
            new(endpoint, host, port, BindingMode(endpoint.TargetHost), $"{endpoint.TargetPort}", KnownNetworkIdentifiers.LocalhostNetwork));
        NetworkIdentifier containers = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(containers, isContainer
            ? new(endpoint, resource.Name + ".dev.internal", endpoint.TargetPort!.Value, EndpointBindingMode.SingleAddress, $"{endpoint.TargetPort}", containers)
            : new(endpoint, "host.docker.internal", port, EndpointBindingMode.SingleAddress, $"{endpoint.TargetPort}", containers));
    }

    private static EndpointBindingMode BindingMode(string host) => host switch
    {
        "0.0.0.0" => EndpointBindingMode.IPv4AnyAddresses,
        "::" or "[::]" => EndpointBindingMode.IPv6AnyAddresses,
        "*" or "+" => EndpointBindingMode.DualStackAnyAddresses,
        _ => EndpointBindingMode.SingleAddress,
    };

    // The socket stays bound until all ports are given out, so that none comes up twice.
    private static int FreePort(List<Socket> taken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

/// <summary>The URLs of a resource as the table and the dashboard show them.</summary>
internal static class ResourceUrls
{
    public static async Task PublishAsync(IResource resource, DistributedApplicationExecutionContext context, ResourceNotificationService notifications,
        ILogger logger, CancellationToken cancellationToken)
    {
        var urls = new List<ResourceUrlAnnotation>();
        if (resource is IResourceWithEndpoints owner)
        {
            urls.AddRange(owner.GetEndpoints().Where(e => e.IsAllocated).Select(e => new ResourceUrlAnnotation { Url = e.Url, Endpoint = e }));
        }
        try
        {
            foreach (ResourceUrlsCallbackAnnotation annotation in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
            {
                await annotation.Callback(new(context, resource, urls, cancellationToken) { Logger = logger }).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.UrlsFailed(logger, resource.Name, e);
        }
        await notifications.PublishUpdateAsync(resource, s => s with
        {
            Urls = [.. urls.Select(u => new UrlSnapshot(u.Endpoint?.EndpointName, u.Url, u.DisplayLocation == UrlDisplayLocation.DetailsOnly)
            {
                IsInactive = u.Endpoint is not null,
                DisplayProperties = new(u.DisplayText ?? ""),
            })],
        }).ConfigureAwait(false);
    }
}
