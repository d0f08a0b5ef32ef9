using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace OfflineAspire;

/// <summary>A resource that sends telemetry to the dashboard; null leaves the protocol to what is offered.</summary>
internal sealed record OtlpExporterAnnotation(OtlpProtocol? Protocol) : IResourceAnnotation;

/// <summary>The OpenTelemetry SDKs' own variables.</summary>
internal static class OtlpEnvironment
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>What happens should be seen a second later.</summary>
    private const string IntervalMs = "1000";

    public static void Set(EnvironmentCallbackContext context)
    {
        // Who sends all telemetry to a collector of his own goes on doing so.
        if (!context.ExecutionContext.IsRunMode || Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 })
        {
            return;
        }
        DashboardSettings settings = context.ExecutionContext.Services.GetRequiredService<DashboardSettings>();
        OtlpProtocol? wanted = context.Resource.Annotations.OfType<OtlpExporterAnnotation>().LastOrDefault()?.Protocol;
        OtlpProtocol protocol = wanted ?? (settings.OtlpGrpcUrl is null ? OtlpProtocol.HttpProtobuf : OtlpProtocol.Grpc);
        if ((protocol == OtlpProtocol.Grpc ? settings.OtlpGrpcUrl : settings.OtlpHttpUrl) is not { Length: > 0 } url)
        {
            return;
        }
        string id = context.Resource.ResourceId();
        string name = context.Resource.Name;
        IDictionary<string, object> variables = context.EnvironmentVariables;
        variables[EndpointVariable] = url;
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf";
        variables["OTEL_SERVICE_NAME"] = name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=" + (id.Length > name.Length ? id[(name.Length + 1)..] : id);
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = IntervalMs;
        variables["OTEL_BSP_SCHEDULE_DELAY"] = IntervalMs;
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = IntervalMs;
        if (settings.OtlpApiKey is { } key)
        {
            // A secret parameter's value isn't shown to people.
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = new ParameterResource("otlp-headers", _ => "x-otlp-api-key=" + key, secret: true);
        }
    }
}
