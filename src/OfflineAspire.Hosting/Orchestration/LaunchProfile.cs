using System.Net.Sockets;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace OfflineAspire;

/// <summary>The first <c>Project</c> profile of a project's launchSettings.json: its endpoints and environment.</summary>
internal static class LaunchProfile
{
    public static void Apply(IResourceBuilder<ProjectResource> project, string projectPath)
    {
        string path = Path.Combine(Path.GetDirectoryName(projectPath) ?? "", "Properties", "launchSettings.json");
        if (File.Exists(path))
        {
            using JsonDocument settings = Parse(path);
            if (settings.RootElement.TryGetProperty("profiles", out JsonElement profiles))
            {
                JsonProperty profile = profiles.EnumerateObject().FirstOrDefault(p =>
                    p.Value.TryGetProperty("commandName", out JsonElement command) && command.GetString() == "Project");
                if (profile.Value.ValueKind == JsonValueKind.Object)
                {
                    AddEndpoints(project, profile.Value);
                    AddEnvironment(project, profile.Value);
                }
            }
        }
        ProjectResource resource = project.Resource;
        project.WithEnvironment(context =>
        {
            EndpointReference[] web = [.. resource.GetEndpoints().Where(e => e.IsHttp || e.IsHttps)];
            if (web.Length > 0)
            {
                var urls = new ReferenceExpressionBuilder();
                foreach (EndpointReference endpoint in web)
                {
                    urls.AppendLiteral((urls.IsEmpty ? "" : ";") + $"{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:");
                    urls.AppendFormatted(endpoint.Property(EndpointProperty.TargetPort));
                }
                context.EnvironmentVariables["ASPNETCORE_URLS"] = urls.Build();
            }
        });
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllText(path), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            throw new DistributedApplicationException($"'{path}' can't be read: {e.Message}", e);
        }
    }

    private static void AddEndpoints(IResourceBuilder<ProjectResource> project, JsonElement profile)
    {
        string urls = profile.TryGetProperty("applicationUrl", out JsonElement value) ? value.GetString() ?? "" : "";
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && !project.GetEndpoint(uri.Scheme).Exists)
            {
                project.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, uri.Scheme, name: uri.Scheme, port: uri.Port) { TargetHost = uri.Host });
            }
        }
    }

    private static void AddEnvironment(IResourceBuilder<ProjectResource> project, JsonElement profile)
    {
        if (profile.TryGetProperty("environmentVariables", out JsonElement variables))
        {
            foreach (JsonProperty variable in variables.EnumerateObject())
            {
                project.WithEnvironment(variable.Name, variable.Value.ToString());
            }
        }
    }
}
