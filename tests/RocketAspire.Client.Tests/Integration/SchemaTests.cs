using System.Text.Json.Nodes;
using NJsonSchema;

namespace RocketAspire.Client.Tests.Integration;

/// <summary>The schema by which editors check appsettings.json says what the settings are.</summary>
public sealed class SchemaTests
{
    private static readonly string SchemaPath = Path.Combine(AppContext.BaseDirectory, "ConfigurationSchema.json");

    [Fact]
    public void Each_setting_stands_in_the_schema_and_no_other()
    {
        var described = JsonNode.Parse(File.ReadAllText(SchemaPath))!["definitions"]!["settings"]!["properties"]!.AsObject().Select(static p => p.Key).Order();
        var settings = new[] { typeof(RocketMQProducerSettings), typeof(RocketMQConsumerSettings) }.SelectMany(static t => t.GetProperties()).Select(static p => p.Name).Distinct().Order();
        Assert.Equal(settings, described);
    }

    [Theory]
    [InlineData("""{"ConnectionString":"127.0.0.1:9876","Concurrency":4,"RequestTimeout":"00:00:05","shop":{"Group":"shop","Subscriptions":[{"Topic":"Orders","Expression":"a > 1","ExpressionType":"SQL92"}]}}""", 0)]
    [InlineData("""{"Concurrency":0}""", 1)]
    [InlineData("""{"RequestTimeout":"soon"}""", 1)]
    [InlineData("""{"shop":{"Subscriptions":[{"Expression":"*"}]}}""", 1)]
    [InlineData("""{"shop":{"ConsumeFromWhere":"Somewhere"}}""", 1)]
    public async Task Right_and_wrong_settings_are_told_apart(string client, int problems)
    {
        var schema = await JsonSchema.FromJsonAsync(await File.ReadAllTextAsync(SchemaPath, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        var found = schema.Validate("{\"Aspire\":{\"RocketMQ\":{\"Client\":" + client + "}}}");
        Assert.Equal(problems > 0, found.Count > 0);
    }
}
