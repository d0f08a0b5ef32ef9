// Tells customers of their orders, once each.
using Microsoft.Extensions.Hosting;
using RocketAspire.Client;
using RocketAspire.Samples;
using RocketAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
var settings = OrderSettings.Read(builder.Configuration);
builder.Services.AddSingleton(_ => new OrderBook(settings.Store));
builder.Services.AddSingleton<NoticeCounters>();
builder.AddOrderTopics(OrderTopics.Notices);
builder.AddRocketMQConsumer<NoticeHandler>("rocketmq", consumer =>
{
    consumer.Group = "order-notifier";
    consumer.ConsumeFromWhere = ConsumeFromWhere.FirstOffset;
    consumer.Subscriptions.Add(new RocketMQSubscriptionSettings { Topic = OrderTopics.Notices });
});

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGet("/stats", (OrderBook book, NoticeCounters counters) => new { notified = book.Count, duplicates = counters.Duplicates, missing = book.Missing });
await app.RunAsync();
