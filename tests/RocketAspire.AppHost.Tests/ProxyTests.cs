using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>The proxy that comes with the cluster, asked over gRPC by hand.</summary>
public sealed class ProxyTests
{
    [Fact]
    public async Task A_cluster_has_a_proxy_that_tells_clients_of_5_where_they_came()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>(["--topology", "single", "--port-offset", "auto"], limit.Token);
        var place = builder.Resources.OfType<RocketMQClusterResource>().Single().Topology!.Proxy!;
        await using var app = await builder.BuildAsync(limit.Token);
        await app.StartAsync(limit.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", limit.Token);
        await app.ResourceNotifications.WaitForResourceAsync("proxy", KnownResourceStates.Running, limit.Token);

        var answer = "";
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Eventually.TrueAsync("the proxy to listen", async () =>
        {
            try
            {
                answer = await QueryRouteAsync(client, place.Address, "NotThereYet", limit.Token);
                return answer.Length > 0;
            }
            catch (HttpRequestException)
            {
                // Its process runs, and doesn't listen yet.
                return false;
            }
        });

        Assert.Contains("OK", answer, StringComparison.Ordinal);
        Assert.Contains("broker-a", answer, StringComparison.Ordinal);
        Assert.Contains(place.Host, answer, StringComparison.Ordinal);
    }

    /// <summary>QueryRouteRequest { topic = 1: Resource { name = 2 } }, behind gRPC's five bytes; the answer's strings are read as they stand in it.</summary>
    private static async Task<string> QueryRouteAsync(HttpClient client, string address, string topic, CancellationToken ct)
    {
        var name = Encoding.UTF8.GetBytes(topic);
        byte[] message = [0x0A, (byte)(name.Length + 2), 0x12, (byte)name.Length, .. name];
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{address}/apache.rocketmq.v2.MessagingService/QueryRoute")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. message]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.Add("x-mq-client-id", "by-hand");
        using var response = await client.SendAsync(request, ct);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(ct));
    }
}
