using Grpc.Core;
using OfflineAspire.Dashboard.Login;
using OfflineAspire.Otlp.Logs;
using OfflineAspire.Otlp.Metrics;
using OfflineAspire.Otlp.Traces;

namespace OfflineAspire.Dashboard.Otlp;

/// <summary>Asks for the key that telemetry must come with.</summary>
public sealed class OtlpKey(DashboardOptions options)
{
    public const string Header = "x-otlp-api-key";

    public bool Fits(string? given) => options.OtlpApiKeys.Count == 0 || options.OtlpApiKeys.Any(key => Tokens.AreEqual(given, key));

    /// <exception cref="RpcException">The key is missing or wrong.</exception>
    public void Check(ServerCallContext context)
    {
        if (!Fits(context.RequestHeaders.GetValue(Header))) throw new RpcException(new Grpc.Core.Status(StatusCode.Unauthenticated, $"The header {Header} is missing or wrong."));
    }
}

public sealed class OtlpLogs(OtlpReceiver receiver, OtlpKey key) : LogsService.LogsServiceBase
{
    public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context)
    {
        key.Check(context);
        return Task.FromResult(receiver.Receive(request));
    }
}

public sealed class OtlpTraces(OtlpReceiver receiver, OtlpKey key) : TraceService.TraceServiceBase
{
    public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
    {
        key.Check(context);
        return Task.FromResult(receiver.Receive(request));
    }
}

public sealed class OtlpMetrics(OtlpReceiver receiver, OtlpKey key) : MetricsService.MetricsServiceBase
{
    public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
    {
        key.Check(context);
        return Task.FromResult(receiver.Receive(request));
    }
}
