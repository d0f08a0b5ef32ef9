using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// Keeps a slave's topics, groups and offsets like its master's: told at once by a master of ours, asked for every ten
/// seconds from one of Apache's (requests 21, 43, 45 and 201).
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/slave/SlaveSynchronize.java</remarks>
internal sealed class TableFollower(
    IReadOnlyList<IReplicatedTable> tables, RemotingClient client, TimeSpan pollInterval, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // A master whose offsets change all the time is asked no more often than this.
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, long> _versions = [];
    private string? _instance;
    private string? _lastFailure;

    /// <summary>Follows until cancelled; a failure is logged once and tried again.</summary>
    public async Task RunAsync(string masterAddress, bool plain, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = plain ? pollInterval : LeastPause;
            try
            {
                await (plain ? PollAsync(masterAddress, cancellationToken) : WatchAsync(masterAddress, cancellationToken)).ConfigureAwait(false);
                _lastFailure = null;
            }
            catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException or FormatException)
            {
                pause = RetryDelay;
                if (_lastFailure != e.Message)
                {
                    _lastFailure = e.Message;
                    ReplicationLog.TablesFailed(logger, masterAddress, e.Message);
                }
            }
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(string masterAddress, CancellationToken cancellationToken)
    {
        var fields = new ExtFields { { "instance", _instance } };
        foreach (var (name, version) in _versions)
        {
            fields.Add(name, version);
        }
        var request = RemotingCommand.CreateRequest(RequestCode.ReplicationMetadataPush, fields);
        var answer = await client.InvokeAsync(masterAddress, request, TableWatchProcessor.HoldFor + RequestTimeout, cancellationToken).ConfigureAwait(false);
        Require(answer);
        if (answer.ExtFields["instance"] != _instance)
        {
            _instance = answer.ExtFields["instance"];
            _versions.Clear();
        }
        foreach (var copy in TableBundle.Decode(answer.Body))
        {
            tables.FirstOrDefault(table => table.FileName == copy.Name)?.ReplaceFromJson(copy.Content.Span);
            _versions[copy.Name] = copy.Version;
        }
    }

    private async Task PollAsync(string masterAddress, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            if (PollCode(table.FileName) is not { } code)
            {
                continue;
            }
            var answer = await client.InvokeAsync(masterAddress, RemotingCommand.CreateRequest(code), RequestTimeout, cancellationToken).ConfigureAwait(false);
            Require(answer);
            if (!answer.Body.Span.SequenceEqual(table.ToJson()))
            {
                table.ReplaceFromJson(answer.Body.Span);
            }
        }
    }

    private static int? PollCode(string fileName) => fileName switch
    {
        "topics.json" => RequestCode.GetAllTopicConfig,
        "consumerOffset.json" => RequestCode.GetAllConsumerOffset,
        "delayOffset.json" => RequestCode.GetAllDelayOffset,
        "subscriptionGroup.json" => RequestCode.GetAllSubscriptiongroupConfig,
        _ => null,
    };

    private static void Require(RemotingCommand answer)
    {
        if (answer.Code != ResponseCode.Success)
        {
            throw new FormatException($"answered with code {answer.Code}: {answer.Remark}");
        }
    }
}
