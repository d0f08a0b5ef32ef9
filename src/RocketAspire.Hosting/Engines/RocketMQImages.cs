namespace RocketAspire.Hosting.Engines;

/// <summary>The images of real RocketMQ: the one place that pins them.</summary>
public static class RocketMQImages
{
    /// <summary>Name servers, brokers and proxies.</summary>
    public const string Image = "apache/rocketmq";

    /// <summary>Source: <c>https://hub.docker.com/r/apache/rocketmq/tags</c>.</summary>
    public const string ImageTag = "5.3.3";

    public const string DashboardImage = "apacherocketmq/rocketmq-dashboard";

    /// <summary>Listens on 8082; older ones listen on 8080.</summary>
    public const string DashboardTag = "2.1.0";

    /// <summary>The user that the images run as, <c>rocketmq</c>: what they write must belong to it.</summary>
    public const int UserId = 3000;

    /// <summary>Small enough for a laptop; the distribution's own is 8 GB for a broker and 4 GB for a name server.</summary>
    public const string DefaultHeap = "-Xms256m -Xmx512m";
}
