using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

/// <summary>One body a call as Java's mqadmin reads it: the names are those of the class that each body's docs cite.</summary>
public sealed class AdminBodyTests
{
    [Fact]
    public void Queue_entries()
    {
        var body = new QueryConsumeQueueBody { FilterData = "null", Entries = [new(1, 2, 3)], MaxQueueIndex = 5, MinQueueIndex = 4, Subscription = new SubscriptionData { Topic = "t" } };
        Assert.Equal(
            """{"filterData":"null","maxQueueIndex":5,"minQueueIndex":4,"queueData":[{"eval":false,"physicOffset":1,"physicSize":2,"tagsCode":3}],"subscriptionData":"""
            + """{"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":0,"tagsSet":[],"topic":"t"}}""",
            Text(body.Encode()));
        var read = QueryConsumeQueueBody.Decode(body.Encode());
        Assert.Equal((body.Entries[0], "t", "null", 5L, 4L), (Assert.Single(read.Entries), read.Subscription!.Topic, read.FilterData, read.MaxQueueIndex, read.MinQueueIndex));
    }

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body);
}
