using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Remoting;

namespace RocketAspire.Faults;

/// <summary>A network between nodes that does as it is told: keeps peers apart, breaks, delays, loses or repeats. Without rules it is the network as it is.</summary>
public sealed class FaultyNetwork(TimeProvider time) : IPeerNetwork
{
    /// <summary>A rule for every peer but name servers.</summary>
    public const string AllPeers = "*";

    private readonly ConcurrentDictionary<FaultyStream, bool> _streams = new();
    private readonly Lock _changing = new();

    // Guarded by _changing for writing; replaced whole, so that readers need no lock.
    private volatile Dictionary<string, PeerFaults> _rules = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Random _random = new(1);

    /// <summary>The rules in force, by peer.</summary>
    public IReadOnlyDictionary<string, PeerFaults> Rules => _rules;

    internal TimeProvider Time => time;

    /// <summary>Losses and repeats are drawn anew from this seed.</summary>
    public void Seed(int seed)
    {
        lock (_changing) _random = new Random(seed);
    }

    /// <summary>Changes one peer's rule, or that of <see cref="AllPeers"/>.</summary>
    public void Change(string peer, Func<PeerFaults, PeerFaults> change)
    {
        lock (_changing)
        {
            var rules = new Dictionary<string, PeerFaults>(_rules, StringComparer.Ordinal);
            rules[peer] = change(rules.GetValueOrDefault(peer, PeerFaults.None));
            if (rules[peer] == PeerFaults.None) rules.Remove(peer);
            Replace(rules);
        }

        foreach (var stream in _streams.Keys)
        {
            if (Of(stream.Peer).IsRefused) stream.Dispose();
        }
    }

    /// <summary>Takes away one peer's rule, or all.</summary>
    public void Heal(string? peer = null)
    {
        lock (_changing)
        {
            var rules = new Dictionary<string, PeerFaults>(StringComparer.Ordinal);
            foreach (var (name, faults) in _rules)
            {
                if (peer is not null && name != peer) rules[name] = faults;
            }

            Replace(rules);
        }
    }

    public async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint endpoint, string? peer, CancellationToken cancellationToken)
    {
        // A connection is made by packets both ways.
        await WaitAsync(() => peer, FaultDirection.Both, cancellationToken).ConfigureAwait(false);
        if (Of(peer).IsRefused) throw new SocketException((int)SocketError.ConnectionRefused);
        await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
        return Wrap(socket, peer);
    }

    public Stream Accept(Socket socket, string? peer)
    {
        var stream = Wrap(socket, peer);
        if (Of(peer).IsRefused) stream.Dispose();
        return stream;
    }

    public async ValueTask IdentifyAsync(Stream stream, string peer, CancellationToken cancellationToken)
    {
        var faulty = (FaultyStream)stream;
        var isNew = faulty.Peer != peer;
        faulty.Peer = peer;
        if (Of(peer).IsRefused)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"peer {peer} is refused");
        }

        // Between parted nodes the connection itself would not have come about.
        if (isNew) await faulty.WaitAsync(FaultDirection.Both, cancellationToken).ConfigureAwait(false);
    }

    internal PeerFaults Of(string? peer)
    {
        var rules = _rules;
        if (rules.Count == 0 || peer is null) return PeerFaults.None;
        var own = rules.GetValueOrDefault(peer, PeerFaults.None);
        return peer != PeerNetwork.NameServer && rules.TryGetValue(AllPeers, out var all) ? own.With(all) : own;
    }

    internal bool Draw(double percent)
    {
        if (percent <= 0) return false;
        lock (_changing) return _random.NextDouble() * 100 < percent;
    }

    /// <summary>Waits until none of these directions is isolated any more.</summary>
    internal async ValueTask WaitAsync(Func<string?> peer, FaultDirection direction, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The promise of a change first: one that comes between the two is not missed.
            var changed = Volatile.Read(ref _changed).Task;
            if ((Of(peer()).Isolated & direction) == 0) return;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal void Remove(FaultyStream stream) => _streams.TryRemove(stream, out _);

    private FaultyStream Wrap(Socket socket, string? peer)
    {
        var stream = new FaultyStream(socket, this) { Peer = peer };
        _streams[stream] = true;
        return stream;
    }

    private void Replace(Dictionary<string, PeerFaults> rules)
    {
        _rules = rules;
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
