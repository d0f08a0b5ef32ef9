using System.Text.Json;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>What a node has to remember of its replication over a restart.</summary>
public sealed record ReplicationState
{
    /// <summary>
    /// A slave's: it may have acknowledged more than <see cref="ConfirmedOffset"/>. Set (and synced) before the first
    /// acknowledgement of a session, cleared when it ends in order. After a crash it is still set, and then the slave's
    /// whole log counts as confirmed.
    /// </summary>
    public bool SessionOpen { get; init; } = true;

    /// <summary>A slave's: what it acknowledged, in bytes of the log, when <see cref="SessionOpen"/> is false.</summary>
    public long ConfirmedOffset { get; init; }

    /// <summary>A master's: slaves by broker id that have ever streamed from it, so that it expects them after a machine stop.</summary>
    public IReadOnlyList<long> KnownSlaves { get; init; } = [];

    /// <summary>
    /// A master's: it began to wait for its slave and hasn't been released, so its log may be only the first part of what
    /// it copies back. Set before the first byte of that, cleared when it may write.
    /// </summary>
    public bool AwaitingSlave { get; init; }

    /// <summary>Highest term that this node ever saw, so that no term is used twice with the markers lost.</summary>
    public int LastTerm { get; init; }

    public byte[] Encode()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("sessionOpen", SessionOpen);
            json.WriteNumber("confirmedOffset", ConfirmedOffset);
            json.WriteBoolean("awaitingSlave", AwaitingSlave);
            json.WriteNumber("lastTerm", LastTerm);
            json.WriteStartArray("knownSlaves");
            foreach (var slave in KnownSlaves)
            {
                json.WriteNumberValue(slave);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>What the file says; the careful default (all is confirmed) for what it doesn't say or can't be read.</summary>
    public static ReplicationState Decode(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            var root = json.RootElement;
            return new()
            {
                SessionOpen = root.GetProperty("sessionOpen").GetBoolean(),
                ConfirmedOffset = root.GetProperty("confirmedOffset").GetInt64(),
                AwaitingSlave = root.GetProperty("awaitingSlave").GetBoolean(),
                LastTerm = root.GetProperty("lastTerm").GetInt32(),
                KnownSlaves = [.. root.GetProperty("knownSlaves").EnumerateArray().Select(slave => slave.GetInt64())],
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return new();
        }
    }
}

/// <summary>Keeps <see cref="ReplicationState"/> in <c>config/replication.json</c>. A change is on the device when it returns.</summary>
public sealed class ReplicationStateFile(StateFile file) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);

    public ReplicationState Current { get; private set; } = new();

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var content = await file.ReadAsync(cancellationToken).ConfigureAwait(false);
        Current = content is null ? new() : ReplicationState.Decode(content);
    }

    public async Task UpdateAsync(Func<ReplicationState, ReplicationState> change, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var changed = change(Current);
            if (changed != Current)
            {
                await file.WriteAsync(changed.Encode(), cancellationToken).ConfigureAwait(false);
                Current = changed;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();
}
