using RocketAspire.AppHost;
using RocketAspire.Hosting;

// The whole cluster. Its default shape: two name servers, two masters with a slave each, replicated synchronously.
// Shape it here (WithMasterSlave, WithNameServers, WithBrokerSetting, WithDataPath) or by switches: -- --help lists them.
return await RocketMQAppHost.RunAsync(args, builder =>
{
    var rocketmq = builder.AddRocketMQ("rocketmq");

    // With --sample, an application that uses it: your own is added in the same way.
    rocketmq.WithSample(OrderSample.Add);
});
