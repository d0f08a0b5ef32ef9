namespace RocketAspire.Protocol.Remoting;

/// <summary>The end of remarks about what a user can mend: clients that find it add no hint of their own.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/help/FAQUrl.java</remarks>
public static class FaqHint
{
    public const string Text = "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";
}
