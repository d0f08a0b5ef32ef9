using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Docs.Tests
{
    /// <summary>Compiled, never run.</summary>
    internal static class AppHostSnippets
    {
        public static void Compose(IDistributedApplicationBuilder builder)
        {
            var rocketmq = builder.AddRocketMQ("rocketmq").WithMasterSlave(groups: 2, slavesPerMaster: 1, Replication.Sync);
            builder.AddProject<Projects.Shop>("shop").WithReference(rocketmq).WaitFor(rocketmq);
        }

        public static async Task<int> RunAsync(string[] args)
        {
            return await RocketMQAppHost.RunAsync(args, builder => builder.AddRocketMQ("rocketmq"));
        }

        public static async Task BreakAsync(DistributedApplication app, RocketMQClusterResource cluster)
        {
            await app.ResourceCommands.ExecuteCommandAsync("broker-a", "kill");
            await cluster.Nodes.Single(n => n.Name == "broker-b").Faults!.SlowDiskAsync(TimeSpan.FromMilliseconds(50));
        }
    }
}

namespace Projects
{
    /// <summary>What the SDK makes of a referenced project.</summary>
    internal sealed class Shop : IProjectMetadata
    {
        public string ProjectPath => "Shop.csproj";
    }
}
