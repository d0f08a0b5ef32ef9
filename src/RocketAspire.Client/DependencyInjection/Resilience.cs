using Microsoft.Extensions.DependencyInjection;
using Polly;

namespace RocketAspire.Client;

/// <summary>
/// Pipelines that an application may have registered for RocketMQ (RocketAspire.ServiceDefaults does): one around a whole send, by the key
/// <c>rocketmq-send</c>, and one a broker around each attempt, by the key <c>rocketmq-broker</c>. Without them the client's own retries and
/// latency tables are all there is.
/// </summary>
internal static class Resilience
{
    public const string SendKey = "rocketmq-send";
    public const string BrokerKey = "rocketmq-broker";

    public static RocketMQProducerOptions Of(IServiceProvider services, RocketMQProducerOptions options) => options with
    {
        SendPipeline = services.GetKeyedService<ResiliencePipeline>(SendKey) ?? options.SendPipeline,
        BrokerPipeline = services.GetKeyedService<Func<string, ResiliencePipeline>>(BrokerKey) ?? options.BrokerPipeline,
    };
}
