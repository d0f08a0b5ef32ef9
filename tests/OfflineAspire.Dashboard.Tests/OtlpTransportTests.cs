using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using OfflineAspire.Dashboard.Otlp;
using OfflineAspire.Otlp.Logs;
using OfflineAspire.Otlp.Metrics;
using OfflineAspire.Otlp.Traces;
using static OfflineAspire.Dashboard.Tests.OtlpSamples;

namespace OfflineAspire.Dashboard.Tests;

/// <summary>What comes by the wire, against the dashboard's own process.</summary>
public sealed class OtlpTransportTests
{
    private static readonly (string, string?) Open = ("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "true");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Telemetry_comes_in_by_gRPC_and_is_on_the_pages()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Open);
        using var channel = GrpcChannel.ForAddress(dashboard.Grpc);
        await new TraceService.TraceServiceClient(channel).ExportAsync(Span(7, 1, 0, "by-grpc", "send", 0, 5), cancellationToken: Ct);
        await new LogsService.LogsServiceClient(channel).ExportAsync(Log("hello"), cancellationToken: Ct);
        await new MetricsService.MetricsServiceClient(channel).ExportAsync(Metric(Counter("orders", 1, 1)), new Metadata { { "grpc-encoding", "gzip" } }, cancellationToken: Ct);

        var page = await dashboard.Http.GetStringAsync("/traces/detail/abababababababababababab00000007", Ct);
        Assert.Contains("by-grpc", page, StringComparison.Ordinal);
        Assert.Contains("1 records", await dashboard.Http.GetStringAsync("/structuredlogs", Ct), StringComparison.Ordinal);
        Assert.Contains("orders", await dashboard.Http.GetStringAsync("/metrics/resource/shop", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Telemetry_comes_in_by_HTTP_as_protobuf_as_JSON_and_packed()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Open);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(dashboard, "/v1/traces", Span(1, 1, 0, "plain", "send", 0, 5).ToByteArray())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(dashboard, "/v1/traces", Pack(Span(2, 1, 0, "packed", "send", 0, 5).ToByteArray()), encoding: "gzip")).StatusCode);
        const string Json = """{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"as-json"}}]},"scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","parentSpanId":"","name":"send","kind":4,"startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225601000000000","status":{"code":2},"someday":1}]}]}]}""";
        var answer = await SendAsync(dashboard, "/v1/traces", Encoding.UTF8.GetBytes(Json), "application/json; charset=utf-8");
        Assert.Equal(("{ }", "application/json"), (await answer.Content.ReadAsStringAsync(Ct), answer.Content.Headers.ContentType!.MediaType));

        foreach (var (id, service) in ((string, string)[])[("abababababababababababab00000001", "plain"), ("abababababababababababab00000002", "packed"), ("5b8efff798038103d269b633813fc60c", "as-json")])
            Assert.Contains($"</i>{service}", await dashboard.Http.GetStringAsync("/traces/detail/" + id, Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_broken_too_large_or_of_an_unknown_kind_is_refused_with_its_own_status()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Open);
        byte[] bomb = Pack(new byte[OtlpHttp.MostBytes + 1]);

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(dashboard, "/v1/logs", [0xff, 0xff, 0xff])).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(dashboard, "/v1/logs", "{\"resourceLogs\":7}"u8.ToArray(), "application/json")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(dashboard, "/v1/logs", "not gzip"u8.ToArray(), encoding: "gzip")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(dashboard, "/v1/logs", Nested(500))).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SendAsync(dashboard, "/v1/logs", bomb, encoding: "gzip")).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(dashboard, "/v1/logs", [], "text/plain")).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(dashboard, "/v1/logs", [], encoding: "br")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(dashboard, "/v1/profiles", [])).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await dashboard.Otlp.GetAsync("/v1/logs", Ct)).StatusCode);
        using var channel = GrpcChannel.ForAddress(dashboard.Grpc, new GrpcChannelOptions { MaxSendMessageSize = null });
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new LogsService.LogsServiceClient(channel).ExportAsync(Log(new string('x', OtlpHttp.MostBytes + 1)), cancellationToken: Ct));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(dashboard, "/v1/logs", Log("still here").ToByteArray())).StatusCode);
    }

    [Fact]
    public async Task Telemetry_without_the_key_is_refused_where_one_is_set()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Open, ("DASHBOARD__OTLP__PRIMARYAPIKEY", "first"), ("DASHBOARD__OTLP__SECONDARYAPIKEY", "second"));
        using var channel = GrpcChannel.ForAddress(dashboard.Grpc);
        var logs = new LogsService.LogsServiceClient(channel);

        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await logs.ExportAsync(Log("a"), cancellationToken: Ct))).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await logs.ExportAsync(Log("a"), new Metadata { { OtlpKey.Header, "third" } }, cancellationToken: Ct))).StatusCode);
        await logs.ExportAsync(Log("a"), new Metadata { { OtlpKey.Header, "second" } }, cancellationToken: Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(dashboard, "/v1/logs", Log("a").ToByteArray())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(dashboard, "/v1/logs", Log("a").ToByteArray(), key: "first")).StatusCode);
    }

    [Fact]
    public async Task Each_port_serves_its_own_and_nothing_else()
    {
        await using var dashboard = await DashboardProcess.StartAsync(Open);

        Assert.Equal(HttpStatusCode.NotFound, (await dashboard.Otlp.GetAsync("/", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await dashboard.Otlp.GetAsync("/login", Ct)).StatusCode);
        Assert.False((await dashboard.Http.PostAsync("/v1/logs", new ByteArrayContent([]), Ct)).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await dashboard.Http.PostAsync("/opentelemetry.proto.collector.logs.v1.LogsService/Export", new ByteArrayContent([]), Ct)).StatusCode);
        using var http2 = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, BaseAddress = dashboard.Grpc };
        Assert.Equal(HttpStatusCode.NotFound, (await http2.GetAsync("/", Ct)).StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(DashboardProcess dashboard, string path, byte[] body, string type = "application/x-protobuf", string? encoding = null, string? key = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        if (key is not null) content.Headers.Add(OtlpKey.Header, key);
        return await dashboard.Otlp.PostAsync(path, content, Ct);
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>A body of arrays in arrays.</summary>
    private static byte[] Nested(int depth)
    {
        var value = new OfflineAspire.Otlp.Common.AnyValue { StringValue = "x" };
        for (var i = 0; i < depth; i++) value = new() { ArrayValue = new() { Values = { value } } };
        var request = Log("");
        request.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Body = value;
        return request.ToByteArray();
    }
}
