// Takes orders: each is stored here and told to the worker in one transaction, so that neither happens without the other.
using Microsoft.Extensions.Hosting;
using RocketAspire.Client;
using RocketAspire.Samples;
using RocketAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
var settings = OrderSettings.Read(builder.Configuration);
builder.AddOrderTopics(OrderTopics.Orders);
builder.Services.AddSingleton(_ => new OrderBook(settings.Store));
builder.Services.AddSingleton<OrderChecker>();
builder.AddRocketMQProducer("rocketmq", producer => producer.Group = "order-api", (services, options) => options with
{
    TransactionChecker = services.GetRequiredService<OrderChecker>().CheckAsync,
    SendTimeout = TimeSpan.FromSeconds(3),
});
builder.Services.AddSingleton<OrderDesk>();
builder.Services.AddSingleton(services => new OrderLoad(services.GetRequiredService<OrderDesk>()) { PerSecond = settings.PerSecond });
builder.Services.AddHostedService(services => services.GetRequiredService<OrderLoad>());
builder.Services.AddHttpClient<OrderSummary>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapPost("/orders", async (NewOrder order, OrderDesk desk, CancellationToken cancellationToken) =>
    OrderDesk.WhyInvalid(order) is { } reason ? Results.BadRequest(reason)
    : await desk.PlaceAsync(order, cancellationToken) is { Order: { } placed } ? Results.Created($"/orders/{placed.Customer}/{placed.Number}", placed)
    : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
app.MapPut("/load/{perSecond:double:range(0,1000)}", (double perSecond, OrderLoad load) => load.PerSecond = perSecond);
app.MapGet("/stats", (OrderDesk desk, OrderBook book, OrderChecker checker) => new
{
    accepted = book.Count,
    committed = desk.Committed,
    committedWhenAsked = checker.Committed,
    refused = desk.Refused,
    missing = book.Missing,
});
app.MapGet("/summary", (OrderSummary summary, CancellationToken cancellationToken) => summary.GatherAsync(cancellationToken));
await app.RunAsync();
