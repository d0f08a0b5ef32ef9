using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel
{
    public static class ResourceExtensions
    {
        public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation) where T : IResourceAnnotation
        {
            annotation = resource.Annotations.OfType<T>().LastOrDefault();
            return annotation is not null;
        }

        public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result) where T : IResourceAnnotation
        {
            T[] found = [.. resource.Annotations.OfType<T>()];
            result = found.Length > 0 ? found : null;
            return result is not null;
        }

        public static bool HasAnnotationOfType<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>().Any();

        public static bool TryGetAnnotationsIncludingAncestorsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result)
            where T : IResourceAnnotation
        {
            var found = new List<T>();
            for (IResource? current = resource; current is not null; current = (current as IResourceWithParent)?.Parent)
            {
                found.AddRange(current.Annotations.OfType<T>());
            }
            result = found.Count > 0 ? found : null;
            return result is not null;
        }

        public static bool TryGetEnvironmentVariables(this IResource resource, [NotNullWhen(true)] out IEnumerable<EnvironmentCallbackAnnotation>? environmentVariables) =>
            resource.TryGetAnnotationsOfType(out environmentVariables);

        public static bool TryGetContainerMounts(this IResource resource, [NotNullWhen(true)] out IEnumerable<ContainerMountAnnotation>? volumeMounts) =>
            resource.TryGetAnnotationsOfType(out volumeMounts);

        public static bool TryGetEndpoints(this IResource resource, [NotNullWhen(true)] out IEnumerable<EndpointAnnotation>? endpoints) =>
            resource.TryGetAnnotationsOfType(out endpoints);

        public static bool TryGetUrls(this IResource resource, [NotNullWhen(true)] out IEnumerable<ResourceUrlAnnotation>? urls) =>
            resource.TryGetAnnotationsOfType(out urls);

        public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource) =>
            resource.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(resource, e));

        public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) =>
            resource.GetEndpoints().FirstOrDefault(e => string.Equals(e.EndpointName, endpointName, StringComparison.OrdinalIgnoreCase))
            ?? new EndpointReference(resource, endpointName);

        /// <summary>registry/image:tag or registry/image@sha256:digest.</summary>
        public static bool TryGetContainerImageName(this IResource resource, [NotNullWhen(true)] out string? imageName)
        {
            imageName = resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault() is not { } image ? null
                : (string.IsNullOrEmpty(image.Registry) ? "" : image.Registry + "/") + image.Image
                    + (!string.IsNullOrEmpty(image.SHA256) ? "@sha256:" + image.SHA256 : string.IsNullOrEmpty(image.Tag) ? "" : ":" + image.Tag);
            return imageName is not null;
        }

        // Of one process or container of a resource; the plain name until the orchestrator has given it one.
        internal static string ResourceId(this IResource resource) =>
            resource.Annotations.OfType<OfflineAspire.ResourceIdAnnotation>().LastOrDefault()?.Id ?? resource.Name;

        internal static IResource? ParentOf(this IResource resource) => (resource as IResourceWithParent)?.Parent
            ?? resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(r => r.Type == "Parent")?.Resource;
    }

    public static class ProjectResourceExtensions
    {
        public static IEnumerable<ProjectResource> GetProjectResources(this DistributedApplicationModel model) => model.Resources.OfType<ProjectResource>();

        public static IProjectMetadata GetProjectMetadata(this ProjectResource projectResource) =>
            projectResource.Annotations.OfType<IProjectMetadata>().Single();
    }

    internal static class ResourceTypes
    {
        public static string Name(IResource resource) => resource switch
        {
            ProjectResource => "Project",
            ExecutableResource => "Executable",
            ContainerResource => "Container",
            ParameterResource => "Parameter",
            _ => resource.GetType().Name,
        };

        public static bool HasProcess(IResource resource) => resource is ProjectResource or ExecutableResource or ContainerResource;
    }
}

namespace Aspire.Hosting
{
    using Aspire.Hosting.ApplicationModel;

    public static class ContainerResourceExtensions
    {
        public static IEnumerable<IResource> GetContainerResources(this DistributedApplicationModel model) => model.Resources.Where(r => r.IsContainer());

        public static bool IsContainer(this IResource resource) => resource.HasAnnotationOfType<ContainerImageAnnotation>();
    }

    public static class ExecutableResourceExtensions
    {
        public static IEnumerable<ExecutableResource> GetExecutableResources(this DistributedApplicationModel model) =>
            model.Resources.OfType<ExecutableResource>();
    }

    public static class DistributedApplicationBuilderExtensions
    {
        public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name) where T : IResource =>
            builder.TryCreateResourceBuilder(name, out IResourceBuilder<T>? found) ? found
                : throw new InvalidOperationException($"Resource with name '{name}' and type '{typeof(T)}' was not found.");

        public static bool TryCreateResourceBuilder<T>(
            this IDistributedApplicationBuilder builder, string name, [NotNullWhen(true)] out IResourceBuilder<T>? resourceBuilder) where T : IResource
        {
            resourceBuilder = builder.Resources.TryGetByName(name, out IResource? resource) && resource is T typed ? builder.CreateResourceBuilder(typed) : null;
            return resourceBuilder is not null;
        }
    }
}
