using Grpc.Core;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Proxy.V2;
using Status = RocketAspire.Proxy.V2.Status;

namespace RocketAspire.Proxy;

/// <summary>Telemetry: a client tells its settings and hears what counts of them; on the same stream it is asked what became of its transactions.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/client/ClientActivity.java</remarks>
internal sealed class TelemetryCall(ClusterView cluster, ClientTable clients, ProducerHeartbeats heartbeats, AccessGate gate, ClientQuestions questions, ProxyOptions options)
{
    public async Task RunAsync(CallContext call, IAsyncStreamReader<TelemetryCommand> requests, IServerStreamWriter<TelemetryCommand> responses)
    {
        using var stream = new TelemetryStream(responses, call.Ended);
        ClientSession? session = null;
        try
        {
            await foreach (var command in requests.ReadAllAsync(call.Ended).ConfigureAwait(false))
            {
                if (session is not null) clients.Touch(session);
                if (await gate.RefuseAsync(call, command).ConfigureAwait(false) is { } refused)
                {
                    // Apache's proxy ends the stream with that.
                    await stream.WriteAsync(new() { Status = refused }).ConfigureAwait(false);
                    return;
                }

                if (string.IsNullOrWhiteSpace(call.ClientId))
                {
                    await stream.WriteAsync(new() { Status = Statuses.Of(Code.ClientIdRequired, "client id cannot be empty") }).ConfigureAwait(false);
                }
                else if (command.CommandCase == TelemetryCommand.CommandOneofCase.Settings)
                {
                    session = await TakeAsync(call, command.Settings, stream).ConfigureAwait(false);
                }
                else if (session is not null)
                {
                    questions.Answer(session, command);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client went without a word.
        }
        finally
        {
            session?.Detach(stream);
        }
    }

    private async Task<ClientSession> TakeAsync(CallContext call, Settings settings, TelemetryStream stream)
    {
        if (Refuse(settings) is { } wrong) throw new RpcException(new(StatusCode.InvalidArgument, "process client telemetryCommand failed. " + wrong.Message));
        if (settings.PubSubCase == Settings.PubSubOneofCase.None)
            throw new RpcException(new(StatusCode.InvalidArgument, "there is no publishing or subscription data in settings"));
        var session = clients.GetOrAdd(call.ClientId);
        session.Settings = SettingsMerger.WithDefaults(settings);
        session.RemoteAddress = call.RemoteAddress;
        session.Language = call.Language;
        session.ClientVersion = call.ClientVersion ?? "";
        session.Attach(stream);
        clients.Changed();
        await RegisterTransactionsAsync(session, call.Ended).ConfigureAwait(false);
        var group = settings.PubSubCase == Settings.PubSubOneofCase.Subscription ? await cluster.GroupAsync(settings.Subscription.Group.Name, call.Ended).ConfigureAwait(false) : null;
        var merged = SettingsMerger.Merge(session.Settings, group, options);
        session.Told(merged);
        await stream.WriteAsync(new() { Status = Statuses.Ok, Settings = merged }).ConfigureAwait(false);
        return session;
    }

    private static Status? Refuse(Settings settings)
    {
        if (settings.CalculateSize() > Limits.MaxSettingsBytes) return Statuses.Of(Code.RequestHeaderFieldsTooLarge, $"settings are larger than {Limits.MaxSettingsBytes} bytes");
        switch (settings.PubSubCase)
        {
            case Settings.PubSubOneofCase.Publishing:
                return settings.Publishing.Topics.Select(Checks.Topic).FirstOrDefault(static wrong => wrong is not null);
            case Settings.PubSubOneofCase.Subscription:
                if (Checks.Group(settings.Subscription.Group) is { } wrongGroup) return wrongGroup;
                return settings.Subscription.Subscriptions.All(static entry => SubscriptionData.TryBuild(
                    entry.Topic?.Name ?? "", entry.Expression?.Expression, entry.Expression?.Type == FilterType.Sql ? SubscriptionData.Sql92 : SubscriptionData.Tag, out _))
                    ? null : Statuses.Of(Code.IllegalFilterExpression, "expression format is not correct");
            default:
                return null;
        }
    }

    private async Task RegisterTransactionsAsync(ClientSession session, CancellationToken cancellationToken)
    {
        if (session.Settings.PubSubCase != Settings.PubSubOneofCase.Publishing) return;
        var isNew = false;
        foreach (var topic in session.Settings.Publishing.Topics)
        {
            try
            {
                if ((await cluster.KindsAsync(topic.Name, cancellationToken).ConfigureAwait(false)).HasTransactions) isNew |= session.AddTransactionTopic(topic.Name);
            }
            catch (Exception e) when (Failures.IsOfCluster(e))
            {
                // Its first transaction tells it again.
            }
        }

        if (isNew) await heartbeats.TellAsync(cancellationToken).ConfigureAwait(false);
    }
}
