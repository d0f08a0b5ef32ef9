using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RocketAspire.Client;

/// <summary>Healthy when a name server answers and each broker group that it knows has a master.</summary>
internal sealed class RocketMQHealthCheck(Func<RocketMQAdmin> admin) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var info = await admin().GetClusterInfoAsync(cancellationToken).ConfigureAwait(false);
            if (info.BrokerAddrTable.Count == 0) return new HealthCheckResult(context.Registration.FailureStatus, "the name server knows no broker");
            var headless = info.BrokerAddrTable.Values.Where(static group => group.MasterAddress is null).Select(static group => group.BrokerName).ToList();
            return headless.Count == info.BrokerAddrTable.Count ? new HealthCheckResult(context.Registration.FailureStatus, $"no broker group has a master: {string.Join(", ", headless)}")
                : headless.Count > 0 ? HealthCheckResult.Degraded($"without a master: {string.Join(", ", headless)}")
                : HealthCheckResult.Healthy();
        }
        catch (Exception e) when (Failures.IsCluster(e) || e is InvalidOperationException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Message, e);
        }
    }
}
