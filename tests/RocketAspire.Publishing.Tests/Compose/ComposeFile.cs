using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace RocketAspire.Publishing.Tests.Compose;

/// <summary>The part of the Compose specification that is written; reading any other key fails. Source: <c>https://github.com/compose-spec/compose-spec/blob/main/spec.md</c>.</summary>
internal sealed class ComposeFile
{
    public Dictionary<string, Service> Services { get; set; } = [];

    public Dictionary<string, Dictionary<string, string>?> Volumes { get; set; } = [];

    public static ComposeFile Read(string text) =>
        new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<ComposeFile>(text);

    internal sealed class Service
    {
        public string Image { get; set; } = "";

        public string? User { get; set; }

        public List<string>? Entrypoint { get; set; }

        public List<string>? Command { get; set; }

        public Dictionary<string, string> Environment { get; set; } = [];

        public List<string> Ports { get; set; } = [];

        public List<string> Volumes { get; set; } = [];

        public string? NetworkMode { get; set; }

        public Dictionary<string, Dependency> DependsOn { get; set; } = [];

        public HealthCheck? Healthcheck { get; set; }

        public string? Restart { get; set; }

        public string? StopGracePeriod { get; set; }

        public string? MemLimit { get; set; }

        public decimal Cpus { get; set; }
    }

    internal sealed class Dependency
    {
        public string Condition { get; set; } = "";
    }

    internal sealed class HealthCheck
    {
        public List<string> Test { get; set; } = [];

        public string Interval { get; set; } = "";

        public string Timeout { get; set; } = "";

        public int Retries { get; set; }

        public string StartPeriod { get; set; } = "";
    }
}
