using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>Keeps this broker known to all name servers: at start as soon as one answers, then every period, and at once when its topics change.</summary>
public sealed class NameServerRegistration : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnregisterTimeout = TimeSpan.FromSeconds(3);

    private readonly RemotingClient _client;
    private readonly BrokerAddress _address;
    private readonly TopicConfigTable _topics;
    private readonly TopicConfigTable _changeable;
    private readonly IReplication _replication;
    private readonly BrokerConfiguration _configuration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<Member> _members = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="client">To reach the name servers.</param>
    /// <param name="address">Who registers.</param>
    /// <param name="topics">What is told: only topics that are there to stay.</param>
    /// <param name="changeable">Where the name servers' list of ordered topics is taken over; the same table unless topics are committed by a group.</param>
    /// <param name="replication">Role and addresses.</param>
    /// <param name="configuration">Times and permission.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public NameServerRegistration(
        RemotingClient client, BrokerAddress address, TopicConfigTable topics, TopicConfigTable changeable, IReplication replication,
        BrokerConfiguration configuration, TimeProvider time, ILogger logger)
    {
        _client = client;
        _address = address;
        _topics = topics;
        _changeable = changeable;
        _replication = replication;
        _configuration = configuration;
        _time = time;
        _logger = logger;
        Who = () => new Registrant(address.BrokerId, address.Text);
    }

    /// <summary>Under which id and address this broker is to be known now; asked at each registration.</summary>
    public Func<Registrant> Who { get; set; }

    /// <summary>Completes when the first name server has taken this broker.</summary>
    public Task Registered => _first.Task;

    public void Start()
    {
        _topics.Changed += RegisterSoon;
        _client.ConnectionClosed += OnConnectionClosed;
        foreach (var address in _configuration.Current.NameServers)
        {
            var member = new Member(address);
            _members.Add(member);
            member.Loop = RunAsync(member);
        }
    }

    /// <summary>Registers anew without waiting for the period: topics changed, or who this broker is.</summary>
    public void RegisterSoon()
    {
        foreach (var member in _members) member.Wake();
    }

    /// <summary>Waits until every name server that answers has what the tables hold now, for at most so long.</summary>
    public async Task FlushAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var version = _topics.Version;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            foreach (var member in _members)
            {
                if (member.IsReachable) await member.WaitForAsync(version, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A slow name server gets it later; the caller's change is safe.
        }
    }

    /// <summary>Stops registering and signs off at every name server; under an address that its whole group shares it just falls silent, for the next leader may have taken it.</summary>
    public async ValueTask DisposeAsync()
    {
        _topics.Changed -= RegisterSoon;
        _client.ConnectionClosed -= OnConnectionClosed;
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var member in _members) await member.Loop.ConfigureAwait(false);
        await Task.WhenAll(_members.Where(static member => member is { IsReachable: true, Known.IsShared: false }).Select(member => UnregisterAsync(member.Address, member.Known!))).ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>A name server that went away may be back with empty tables: it need not wait for the period to know this broker.</summary>
    private void OnConnectionClosed(string address, RemotingConnection connection)
    {
        foreach (var member in _members)
        {
            if (member.Address == address) member.Wake();
        }
    }

    private async Task RunAsync(Member member)
    {
        var retry = FirstRetry;
        while (!_stop.IsCancellationRequested)
        {
            var wake = member.Arm();
            var done = await RegisterAsync(member).ConfigureAwait(false);
            // A slave that was told no master asks again soon: its master writes only once they have spoken.
            var settled = done && !_replication.WantsMaster;
            var wait = settled ? _configuration.Current.RegisterNameServerPeriod : retry;
            retry = settled ? FirstRetry : retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
            try
            {
                await wake.WaitAsync(wait, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // The period is over, or the broker stops.
            }
        }
    }

    private async Task<bool> RegisterAsync(Member member)
    {
        var who = Who();
        var snapshot = Visible(_topics.Snapshot());
        if (who.Term > 0) snapshot = snapshot with { DataVersion = snapshot.DataVersion with { StateVersion = who.Term } };
        try
        {
            var response = await _client.InvokeAsync(
                member.Address, CreateRequest(who, snapshot), _configuration.Current.RegisterBrokerTimeout, _stop.Token).ConfigureAwait(false);
            if (response.Code != ResponseCode.Success) return NotRegistered(member, $"code {response.Code}: {response.Remark}");
            _replication.OnRegistered(response.ExtFields["masterAddr"], response.ExtFields["haServerAddr"]);
            if (!response.Body.IsEmpty) _changeable.ApplyOrderTopics(KvTable.Decode(response.Body.Span));
            if (!member.IsReachable) Log.Registered(_logger, member.Address);
            var before = member.Known;
            member.Done(snapshot.DataVersion, who);
            // An address that the whole group shares is another leader's by now, or will be: its registration takes the place.
            if (before is { IsShared: false } && before.Text != who.Text) await UnregisterAsync(member.Address, before).ConfigureAwait(false);
            _first.TrySetResult();
            return true;
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException or FormatException)
        {
            return NotRegistered(member, e.Message);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool NotRegistered(Member member, string reason)
    {
        if (member.Failed()) Log.NotRegistered(_logger, member.Address, reason);
        return false;
    }

    private RemotingCommand CreateRequest(Registrant who, TopicConfigAndVersion topics)
    {
        var compressed = _configuration.Current.CompressedRegister;
        var body = new RegisterBrokerBody { TopicConfigs = topics }.Encode(compressed);
        return RemotingCommand.CreateRequest(
            RequestCode.RegisterBroker,
            new ExtFields
            {
                { "brokerName", _address.BrokerName },
                { "brokerAddr", who.Text },
                { "clusterName", _address.ClusterName },
                { "haServerAddr", _replication.HaServerAddress ?? "" },
                { "brokerId", who.BrokerId },
                { "compressed", compressed },
                // That it is said at all, as 5.x's brokers do, lets a name server of 5.x (and ours) take the topics of a slave whose
                // master isn't there: they keep their route when name servers start anew. False: it acts as nobody but itself.
                { "enableActingMaster", false },
                { "bodyCrc32", RegisterBrokerBody.Checksum(body) },
            },
            body);
    }

    /// <summary>A broker that may not be written (or read) offers its topics with that permission only.</summary>
    private TopicConfigAndVersion Visible(TopicConfigAndVersion topics)
    {
        var permission = _configuration.Current.BrokerPermission;
        if ((permission & PermName.ReadWrite) == PermName.ReadWrite) return topics;
        var limited = new SortedDictionary<string, TopicConfig>(StringComparer.Ordinal);
        foreach (var (name, config) in topics.TopicConfigTable) limited[name] = config with { Perm = permission };
        return topics with { TopicConfigTable = limited };
    }

    private async Task UnregisterAsync(string nameServer, Registrant who)
    {
        try
        {
            var fields = new ExtFields
            {
                { "brokerName", _address.BrokerName },
                { "brokerAddr", who.Text },
                { "clusterName", _address.ClusterName },
                { "brokerId", who.BrokerId },
            };
            await _client.InvokeAsync(nameServer, RemotingCommand.CreateRequest(RequestCode.UnregisterBroker, fields), UnregisterTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingTimeoutException or RemotingSendException)
        {
            Log.NotUnregistered(_logger, nameServer, e.Message);
        }
    }

    /// <summary>One name server and how it stands with it.</summary>
    private sealed class Member(string address)
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _counter = -1;
        private bool _warned;

        public string Address { get; } = address;

        public Task Loop { get; set; } = Task.CompletedTask;

        /// <summary>As what this broker is known there; null before the first registration. The loop's own.</summary>
        public Registrant? Known { get; private set; }

        /// <summary>The last registration went well.</summary>
        public bool IsReachable { get; private set; }

        public Task Arm()
        {
            lock (_gate)
            {
                if (_wake.Task.IsCompleted) _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return _wake.Task;
            }
        }

        public void Wake()
        {
            lock (_gate) _wake.TrySetResult();
        }

        public void Done(DataVersion version, Registrant who)
        {
            lock (_gate)
            {
                IsReachable = true;
                _warned = false;
                _counter = version.Counter;
                Known = who;
                _progress.TrySetResult();
                _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        /// <summary>True the first time in a row: one line is enough while it stays away.</summary>
        public bool Failed()
        {
            lock (_gate)
            {
                IsReachable = false;
                var first = !_warned;
                _warned = true;
                _progress.TrySetResult();
                _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return first;
            }
        }

        public async Task WaitForAsync(DataVersion version, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task progress;
                lock (_gate)
                {
                    if (_counter >= version.Counter || !IsReachable) return;
                    progress = _progress.Task;
                }

                await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
