using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace RocketAspire.ServiceDefaults;

/// <summary>
/// The pipelines that RocketAspire's RocketMQ client asks the application's services for by key: around a whole send (timeout, and retries with jitter),
/// and a circuit breaker for each broker. The client hands them only failures that another try could mend.
/// </summary>
internal static class RocketMQResilience
{
    private const string SendKey = "rocketmq-send";
    private const string BrokerKey = "rocketmq-broker";

    public static void Add(IHostApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection("ServiceDefaults:RocketMQ");
        var timeout = section.GetValue("TotalTimeout", TimeSpan.FromSeconds(30));
        var retries = section.GetValue("MaxRetries", 3);
        var breakFor = section.GetValue("BreakDuration", TimeSpan.FromSeconds(5));
        builder.Services.AddKeyedSingleton(SendKey, (_, _) => Send(timeout, retries));
        builder.Services.AddKeyedSingleton<Func<string, ResiliencePipeline>>(BrokerKey, (_, _) =>
        {
            var breakers = new ConcurrentDictionary<string, ResiliencePipeline>(StringComparer.Ordinal);
            return broker => breakers.GetOrAdd(broker, _ => Broker(breakFor));
        });
    }

    private static ResiliencePipeline Send(TimeSpan timeout, int retries)
    {
        var pipeline = new ResiliencePipelineBuilder().AddTimeout(timeout);
        if (retries > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = retries,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is not (null or OperationCanceledException)),
            });
        }

        return pipeline.Build();
    }

    private static ResiliencePipeline Broker(TimeSpan breakFor) => new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = 10,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = breakFor,
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is not (null or OperationCanceledException)),
        })
        .Build();
}
