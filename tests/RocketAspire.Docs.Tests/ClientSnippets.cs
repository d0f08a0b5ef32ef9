using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.ServiceDefaults;

namespace RocketAspire.Docs.Tests;

/// <summary>Compiled, never run.</summary>
internal static class ClientSnippets
{
    public static void Compose(WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        builder.AddRocketMQProducer("rocketmq");
        builder.AddRocketMQConsumer<ParcelHandler>("rocketmq", consumer =>
        {
            consumer.Group = "parcels";
            consumer.Subscriptions.Add(new RocketMQSubscriptionSettings { Topic = "Orders", Expression = "paid || gift" });
        });
    }

    public static void ComposeWithTransactions(WebApplicationBuilder builder)
    {
        builder.AddRocketMQProducer("rocketmq", configureOptions: (services, options) => options with
        {
            TransactionChecker = (half, token) => services.GetRequiredService<OrderStore>().WhatBecameOfAsync(half.Keys[0], token),
        });
    }

    public static async Task<object> SendAsync(RocketMQProducer producer, byte[] body)
    {
        await producer.SendAsync(new RocketMQMessage("Orders", body) { Tag = "paid", Keys = ["4711"] });
        await producer.SendAsync(new RocketMQMessage("Orders", body) { ShardingKey = "customer-7" }); // in order for that key
        await producer.SendAsync(new RocketMQMessage("Orders", body) { DelayLevel = 3 }); // 10 s by RocketMQ's table
        await producer.SendAsync(new RocketMQMessage("Orders", body) { DeliverAfter = TimeSpan.FromMinutes(7) }); // from 5.0 on
        await producer.SendBatchAsync([new RocketMQMessage("Orders", body), new RocketMQMessage("Orders", body)]);
        var answer = await producer.RequestAsync(new RocketMQMessage("Prices", body), TimeSpan.FromSeconds(3));
        return answer;
    }

    public static async Task<object> SendInTransactionAsync(RocketMQProducer producer, OrderStore store, string order, byte[] body)
    {
        var result = await producer.SendInTransactionAsync(
            new RocketMQMessage("Orders", body) { Keys = [order] }, async (id, token) => await store.SaveAsync(order, token) ? TransactionState.Commit : TransactionState.Rollback);
        return result;
    }

    public static async Task StartAsync()
    {
        await using var sender = await RocketMQProducer.StartAsync(new RocketMQProducerOptions { NameServers = "127.0.0.1:9876;127.0.0.1:9877", Group = "shop" });
        await using var consumer = await RocketMQConsumer.StartAsync(
            new RocketMQConsumerOptions { NameServers = "127.0.0.1:9876", Group = "parcels", Subscriptions = ["Orders"], Orderly = true },
            (message, token) => ValueTask.FromResult(ConsumeResult.Success));
    }

    public static async Task ReadAsync(CancellationToken stop)
    {
        await using var reader = await RocketMQLitePullConsumer.StartAsync(new RocketMQLitePullOptions { NameServers = "127.0.0.1:9876", Group = "audit", Subscriptions = ["Orders"] });
        await foreach (var message in reader.ReadAllAsync(stop)) Console.WriteLine(message.MessageId);
    }

    public static async Task<object> AdministerAsync(RocketMQAdmin admin)
    {
        await admin.Topics.CreateOrUpdateAsync(new TopicConfig { TopicName = "Orders", ReadQueueNums = 8, WriteQueueNums = 8 });
        var backlog = (await admin.Groups.GetProgressAsync("parcels")).Backlog;
        await admin.Groups.ResetOffsetsAsync("Orders", "parcels", DateTimeOffset.UtcNow.AddHours(-1));
        return backlog;
    }

    public static async Task<object> LookAsync()
    {
        await using var connection = RocketMQConnection.Create("127.0.0.1:9876");
        var cluster = await new RocketMQAdmin(connection).GetClusterInfoAsync();
        return cluster;
    }
}

public sealed class ParcelHandler(RocketMQProducer producer) : IRocketMQMessageHandler
{
    public async ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
    {
        var sent = await producer.SendAsync(new RocketMQMessage("Parcels", message.Body) { Keys = message.Keys }, cancellationToken);
        return sent.IsAcknowledged ? ConsumeResult.Success : ConsumeResult.RetryLater;
    }
}

/// <summary>The reader's own.</summary>
internal abstract class OrderStore
{
    public abstract ValueTask<bool> SaveAsync(string order, CancellationToken cancellationToken);

    public abstract ValueTask<TransactionState> WhatBecameOfAsync(string order, CancellationToken cancellationToken);
}
