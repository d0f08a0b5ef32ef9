using Aspire.Hosting.ApplicationModel;
using OfflineAspire;

namespace Aspire.Hosting;

public enum OtlpProtocol
{
    Grpc = 0,
    HttpProtobuf = 1,
}

public static class OtlpConfigurationExtensions
{
    /// <summary>Tells a resource to send its telemetry to the dashboard, by gRPC where that is offered.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder) where T : IResourceWithEnvironment => Add(builder, null);

    /// <inheritdoc cref="WithOtlpExporter{T}(IResourceBuilder{T})"/>
    /// <param name="builder">The resource.</param>
    /// <param name="protocol">How it sends.</param>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol) where T : IResourceWithEnvironment =>
        Add(builder, protocol);

    private static IResourceBuilder<T> Add<T>(IResourceBuilder<T> builder, OtlpProtocol? protocol) where T : IResourceWithEnvironment
    {
        bool isFirst = !builder.Resource.HasAnnotationOfType<OtlpExporterAnnotation>();
        builder.WithAnnotation(new OtlpExporterAnnotation(protocol), ResourceAnnotationMutationBehavior.Replace);
        return isFirst ? builder.WithEnvironment(OtlpEnvironment.Set) : builder;
    }
}
