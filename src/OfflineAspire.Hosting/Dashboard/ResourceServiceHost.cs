using System.Net;
using System.Runtime.CompilerServices;
using Aspire.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire;

/// <summary>The web server for <see cref="ResourceServiceCalls"/>; this class alone touches ASP.NET Core and gRPC, which load when it starts.</summary>
internal static class ResourceServiceHost
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <returns>The server, and where it listens.</returns>
    /// <exception cref="DistributedApplicationException">Its address can't be listened on.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<(IAsyncDisposable Server, Uri Url)> StartAsync(IServiceProvider appHost, DashboardSettings settings, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(o => o.ShutdownTimeout = StopLimit);
        builder.Services.AddSingleton(new AppHostServices(appHost));
        builder.Services.AddSingleton(settings);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(AddressOf(settings.ResourceServiceUrl), settings.ResourceServiceUrl.Port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<ResourceServiceCalls>();
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new DistributedApplicationException($"the resource service can't listen on {settings.ResourceServiceUrl}: {e.Message}", e);
        }
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return (app, new Uri(address));
    }

    private static IPAddress AddressOf(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address) ? address : IPAddress.Loopback;
}
