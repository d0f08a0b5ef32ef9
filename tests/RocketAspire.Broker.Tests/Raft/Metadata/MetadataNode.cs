using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>A node's store and metadata without the group around it: the test says what is committed and who leads.</summary>
internal sealed class MetadataNode : IAsyncDisposable
{
    public const string Root = "/node/store";
    public static readonly TimeSpan Forever = TimeSpan.FromMinutes(5);

    private bool _confirms;

    private MetadataNode(MessageStore store, ReplicatedTables live, GroupMetadata metadata)
    {
        Store = store;
        Live = live;
        Metadata = metadata;
        store.Appended += ConfirmIfAsked;
        store.Flushed += ConfirmIfAsked;
    }

    public MessageStore Store { get; }

    public ReplicatedTables Live { get; }

    public GroupMetadata Metadata { get; }

    /// <summary>True: whatever is durable is committed at once.</summary>
    public bool Confirms
    {
        get => Volatile.Read(ref _confirms);
        set
        {
            Volatile.Write(ref _confirms, value);
            ConfirmIfAsked();
        }
    }

    /// <summary>Records of the internal topic that are committed.</summary>
    public long Records => Store.QueueBounds(TopicNames.Metadata, 0).Max;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static string Config(string name) => Path.Combine(Root, "config", name);

    public static async Task<MetadataNode> OpenAsync(
        IStorageDevice? device = null, TimeProvider? time = null, TimeSpan? commitTimeout = null, Func<StoreOptions, StoreOptions>? change = null, int maxRecordBytes = 4096, string root = Root)
    {
        device ??= new PowerLossDevice();
        var options = new StoreOptions
        {
            RootDirectory = root,
            CommitLogFileSizeBytes = 16 * 1024,
            ConsumeQueueFileSizeBytes = 20 * 1024,
            MaxMessageSizeBytes = 8 * 1024,
            IndexEnabled = false,
            Flush = FlushDiskType.Sync,
            FlushIntervalMs = 5,
            Confirm = ConfirmMode.Manual,
            BootId = static () => "boot",
        };
        options = change?.Invoke(options) ?? options;
        var store = await MessageStore.OpenAsync(options, device, TimeProvider.System, NullLoggerFactory.Instance, Ct);
        try
        {
            var live = NewTables();
            var metadata = await GroupMetadata.OpenAsync(
                new MetadataOptions(Path.Combine(root, "config"), commitTimeout ?? Forever, Forever, maxRecordBytes),
                store, live, NewTables(), device, time ?? TimeProvider.System, NullLoggerFactory.Instance, Ct);
            return new MetadataNode(store, live, metadata);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public static ReplicatedTables NewTables()
    {
        var time = new ManualTimeProvider();
        var configuration = new BrokerConfiguration(new BrokerOptions { BrokerName = "broker-a", Store = TestBroker.StoreIn(Root) });
        return new(new TopicConfigTable(configuration, time), new SubscriptionGroupTable(configuration, time), new ConsumerOffsetTable(), new DelayOffsetTable());
    }

    /// <summary>Opens the term, commits everything and serves.</summary>
    public async Task LeadAsync(int term)
    {
        Store.CloseAppends();
        var marker = Store.OpenAppends(term);
        Assert.True(marker.IsOk, marker.Status.ToString());
        await ConfirmAsync(marker.EndOffset);
        Metadata.Lead(term);
    }

    public void LoseLead(int term)
    {
        Store.CloseAppends();
        Metadata.Follow(term);
    }

    /// <summary>Commits the log so far (or all of it) and waits until it is applied.</summary>
    public async Task ConfirmAsync(long? offset = null)
    {
        var to = offset ?? Store.MaxPhysicalOffset;
        await Store.WaitFlushedAsync(to, Eventually.Limit, Ct);
        Store.SetConfirmOffset(to);
        await Metadata.WaitAppliedAsync(to, Ct).AsTask().WaitAsync(Eventually.Limit, Ct);
    }

    /// <summary>A change as a processor makes it; its answer.</summary>
    public static async Task<Refusal?> ChangeAsync(ITableCommit commit, Action change)
    {
        if (commit.Begin(out var ticket) is { } refusal) return refusal;
        change();
        return await commit.CommitAsync(ticket).AsTask().WaitAsync(Eventually.Limit, Ct);
    }

    public Task<Refusal?> PutTopicAsync(string name, int queues = 4) =>
        ChangeAsync(Metadata.Commits.Topics, () => Live.Topics.Put(new TopicConfig { TopicName = name, ReadQueueNums = queues, WriteQueueNums = queues }));

    /// <summary>Copies another node's log, commits as much as it did, and waits until it is applied.</summary>
    public async Task FollowAsync(MetadataNode leader)
    {
        Store.CloseAppends();
        var bytes = new byte[64 * 1024];
        while (Store.MaxPhysicalOffset < leader.Store.MaxPhysicalOffset)
        {
            var from = Store.RawEndOffset;
            var read = leader.Store.ReadRaw(from, bytes);
            Assert.True(read > 0, $"nothing to copy at {from} of {leader.Store.MaxPhysicalOffset}");
            Store.AppendRaw(from, bytes.AsSpan(0, read));
        }

        await ConfirmAsync(leader.Store.ConfirmOffset);
    }

    /// <summary>Fills so many files of the log with messages.</summary>
    public void Fill(int files)
    {
        var end = Store.MaxPhysicalOffset + (files * 16L * 1024);
        var nowhere = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0);
        while (Store.MaxPhysicalOffset < end)
        {
            Assert.True(Store.Append(new MessageRecord { Topic = "orders", BornHost = nowhere, StoreHost = nowhere, Body = new byte[1000] }).IsOk);
        }
    }

    /// <summary>What the tables hold, as text.</summary>
    public static string[] Picture(ReplicatedTables tables) => [.. tables.All.Select(static table => Encoding.UTF8.GetString(table.ToJson()))];

    /// <summary>Live and committed tables are the same as the other's committed ones.</summary>
    public void AssertSameAs(MetadataNode other)
    {
        Assert.Equal(Picture(other.Metadata.Committed), Picture(Metadata.Committed));
        Assert.Equal(Picture(other.Metadata.Committed), Picture(Live));
    }

    public async ValueTask DisposeAsync()
    {
        await Metadata.DisposeAsync();
        await Store.DisposeAsync();
    }

    private void ConfirmIfAsked()
    {
        if (Confirms) Store.SetConfirmOffset(Store.FlushedOffset);
    }
}
