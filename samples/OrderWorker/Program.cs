// Works on orders, those of one customer one after the other, and has each customer told some seconds later.
using Microsoft.Extensions.Hosting;
using RocketAspire.Client;
using RocketAspire.Samples;
using RocketAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
var settings = OrderSettings.Read(builder.Configuration);
builder.Services.AddSingleton(settings);
builder.Services.AddSingleton(_ => new OrderBook(settings.Store));
builder.Services.AddSingleton<WorkerCounters>();
builder.AddOrderTopics(OrderTopics.Orders, OrderTopics.Notices);
builder.AddRocketMQProducer("rocketmq", producer => producer.Group = "order-worker");
builder.AddRocketMQConsumer<OrderHandler>("rocketmq", consumer =>
{
    consumer.Group = "order-worker";
    consumer.Orderly = true;
    consumer.ConsumeFromWhere = ConsumeFromWhere.FirstOffset;
    consumer.Subscriptions.Add(new RocketMQSubscriptionSettings { Topic = OrderTopics.Orders });
});

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGet("/stats", (OrderBook book, WorkerCounters counters) => new
{
    processed = book.Count,
    duplicates = counters.Duplicates,
    failures = counters.Failures,
    outOfOrder = counters.OutOfOrder,
    missing = book.Missing,
});
await app.RunAsync();
