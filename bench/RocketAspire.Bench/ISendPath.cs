using RocketAspire.Client;

namespace RocketAspire.Bench;

/// <summary>A way for messages into the cluster.</summary>
internal interface ISendPath
{
    /// <summary>Null: it is safe with the cluster. A wrong answer is given back, its text too.</summary>
    ValueTask<(ErrorKind Kind, string Text, bool IsLost)?> SendAsync(byte[] body);

    /// <summary>What an exception of that way means; null: none of its own.</summary>
    ErrorKind? KindOf(Exception exception);

    /// <summary>After a failure: waits a moment, and looks where the cluster is now.</summary>
    Task FollowAsync(CancellationToken cancellationToken);
}

/// <summary>By remoting, each message to the next queue in turn.</summary>
internal sealed class RemotingSendPath(MessageSender sender, Targets targets, BenchOptions options) : ISendPath
{
    public async ValueTask<(ErrorKind Kind, string Text, bool IsLost)?> SendAsync(byte[] body)
    {
        if (targets.Next() is not { } target) return (new ErrorKind(null, "no route"), $"no broker takes messages for topic {options.Topic}", true);
        var message = new RocketMQMessage { Topic = options.Topic, Body = body };
        if (options.Mode == SendMode.Oneway)
        {
            await sender.SendOnewayAsync(target.Address, target.Queue, message).ConfigureAwait(false);
            return null;
        }

        var result = await sender.SendAsync(target.Address, target.Queue, message).ConfigureAwait(false);
        return result.IsAcknowledged ? null : (Tally.KindOf(result.Status), result.Remark ?? "", false);
    }

    public ErrorKind? KindOf(Exception exception) => Tally.KindOf(exception);

    public Task FollowAsync(CancellationToken cancellationToken) => targets.FollowAsync(cancellationToken);
}
