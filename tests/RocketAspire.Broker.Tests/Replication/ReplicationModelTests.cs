using System.Text;
using RocketAspire.Broker.Ha;
using RocketAspire.Store;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>
/// The decisions and the gate in a world of lists: one master, one or two slaves, and a seeded order of writes, kills,
/// power losses, wipes and returns. After each step no byte that was confirmed has been deleted by replication itself, and
/// a master that writes holds every promised record that is left anywhere.
/// </summary>
public sealed class ReplicationModelTests
{
    private const int Seeds = 1500;
    private const int StepsPerSeed = 150;

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 1, true)]
    [InlineData(2, 2, true)]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, false)]
    public void No_order_of_wipe_power_loss_and_return_deletes_a_confirmed_record(int slaves, int acksNeeded, bool syncFlush)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var world = new World(seed, slaves, acksNeeded, syncFlush, allowUnclean: seed % 4 == 0);
            try
            {
                for (var step = 0; step < StepsPerSeed; step++)
                {
                    world.Step();
                }
                world.Heal();
            }
            catch (Xunit.Sdk.XunitException e)
            {
                throw new InvalidOperationException($"seed {seed}, {slaves} slaves, {acksNeeded} acks, sync={syncFlush}: {e.Message}\n{world.Story}", e);
            }
        }
    }

    private readonly record struct Record(int Id, int Term, bool IsMarker);

    private class Node
    {
        public List<Record> Log { get; private set; } = [];

        public int Flushed { get; set; }

        public bool IsUp { get; set; }

        public ReplicationState State { get; set; } = new();

        public List<TermEntry> Terms => [.. Log.Index().Where(pair => pair.Item.IsMarker).Select(pair => new TermEntry(pair.Item.Term, pair.Index))];

        public void Wipe()
        {
            Log = [];
            Flushed = 0;
            State = new();
        }

        public void Cut(int length)
        {
            Log.RemoveRange(length, Log.Count - length);
            Flushed = Math.Min(Flushed, length);
        }
    }

    private sealed class MasterNode : Node
    {
        public MasterGate Gate { get; set; } = new(GateState.Closed, 1, 1, TimeSpan.MaxValue);

        public bool IsOpen => IsUp && Gate.State == GateState.Open && Opened;

        public bool Opened { get; set; }

        public bool WasMachineStop { get; set; }
    }

    private sealed class SlaveNode(int id) : Node
    {
        public int Id { get; } = id;

        public bool IsStreaming { get; set; }

        public int Acked { get; set; }

        public HashSet<long> Asked { get; } = [];

        // What it ever acknowledged and hasn't lost by a fault: replication must never take it away.
        public HashSet<int> Confirmed { get; } = [];
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly int _acksNeeded;
        private readonly bool _syncFlush;
        private readonly bool _allowUnclean;
        private readonly MasterNode _master = new();
        private readonly SlaveNode[] _slaves;
        private readonly HashSet<int> _promised = [];
        private readonly StringBuilder _story = new();
        private int _nextId;
        private bool _wentUncleanly;

        public World(int seed, int slaves, int acksNeeded, bool syncFlush, bool allowUnclean)
        {
            _random = new Random(seed);
            _acksNeeded = acksNeeded;
            _syncFlush = syncFlush;
            _allowUnclean = allowUnclean;
            _slaves = [.. Enumerable.Range(1, slaves).Select(id => new SlaveNode(id))];
            StartMaster();
            foreach (var slave in _slaves)
            {
                StartSlave(slave);
            }
        }

        public string Story => _story.ToString();

        public void Step()
        {
            var slave = _slaves[_random.Next(_slaves.Length)];
            switch (_random.Next(20))
            {
                case <= 5: Write(); break;
                case <= 10: Stream(slave); break;
                case <= 12: Handshake(slave); break;
                case 13: _master.Flushed = _master.Log.Count; break;
                case 14: StopMaster(_random.Next(4)); break;
                case 15: StopSlave(slave, _random.Next(4)); break;
                case <= 17: StartMaster(); break;
                case 18: StartSlave(slave); break;
                case 19: OpenUncleanly(); break;
            }
            Check();
        }

        /// <summary>All return and nothing more breaks: then they agree, or somebody forced a master to go on.</summary>
        public void Heal()
        {
            StartMaster();
            for (var round = 0; round < 400; round++)
            {
                foreach (var slave in _slaves)
                {
                    StartSlave(slave);
                    Handshake(slave);
                    Stream(slave);
                }
                Check();
            }
            // Where a master may go on before it has heard every slave, one unheard may hold what it confirmed alone: no
            // promise to a producer, but more than replication deletes by itself.
            var hearsAll = MasterGate.SlavesToHear(_slaves.Length, _acksNeeded) == _slaves.Length;
            if (!_wentUncleanly && _syncFlush && hearsAll)
            {
                Assert.True(_master.IsOpen, $"the master writes again ({_master.Gate.Reason})");
                Assert.All(_slaves, slave => Assert.Equal(_master.Log, slave.Log));
            }
        }

        private void Write()
        {
            if (_master.IsOpen)
            {
                _master.Log.Add(new(++_nextId, _master.Terms[^1].Term, false));
                if (_random.Next(2) == 0)
                {
                    _master.Flushed = _master.Log.Count;
                }
                Promise();
            }
        }

        private void Stream(SlaveNode slave)
        {
            if (!slave.IsStreaming || !_master.IsUp)
            {
                return;
            }
            var count = Math.Min(_random.Next(4), _master.Log.Count - slave.Log.Count);
            slave.Log.AddRange(_master.Log.Skip(slave.Log.Count).Take(count));
            if (_random.Next(3) > 0)
            {
                Acknowledge(slave);
            }
        }

        private void Acknowledge(SlaveNode slave)
        {
            if (_syncFlush)
            {
                slave.Flushed = slave.Log.Count;
            }
            slave.Acked = slave.Log.Count;
            slave.Confirmed.UnionWith(slave.Log.Select(record => record.Id));
            Promise();
        }

        /// <summary>What the producers have been told is safe.</summary>
        private void Promise()
        {
            var acked = _slaves.Where(slave => slave.IsStreaming).Select(slave => slave.Acked).OrderDescending().ElementAtOrDefault(_acksNeeded - 1);
            var safe = Math.Min(acked, _syncFlush ? _master.Flushed : _master.Log.Count);
            _promised.UnionWith(_master.Log.Take(safe).Select(record => record.Id));
        }

        private void Handshake(SlaveNode slave)
        {
            if (!slave.IsUp || slave.IsStreaming || !_master.IsUp)
            {
                return;
            }
            var confirmed = slave.State.SessionOpen ? slave.Log.Count : (int)slave.State.ConfirmedOffset;
            var log = new LogSummary(slave.Terms, 0, slave.Log.Count, confirmed);
            slave.Asked.Add(slave.Log.Count);
            var decided = ReplicationDecision.Decide(
                new(_master.Terms, 0, _master.Log.Count, 0), _master.Opened, log,
                offset => !slave.Asked.Contains(offset) ? Agreement.Unknown
                    : _master.Log.Take((int)offset).SequenceEqual(slave.Log.Take((int)offset)) ? Agreement.Same : Agreement.Different);
            var told = _master.Gate.OnSlave(slave.Id, log, decided, TimeSpan.Zero);
            _story.AppendLine($"slave {slave.Id} ({slave.Log.Count}, {confirmed} confirmed) at master ({_master.Log.Count}): {told}");
            if (_master.Gate.State == GateState.Open && !_master.Opened)
            {
                Open(log.LastTerm);
            }
            Follow(slave, told);
        }

        private void Follow(SlaveNode slave, ReplicationAction told)
        {
            switch (told)
            {
                case ReplicationAction.StreamFrom when _master.Opened:
                    slave.State = slave.State with { SessionOpen = true };
                    slave.IsStreaming = true;
                    slave.Asked.Clear();
                    Acknowledge(slave);
                    break;
                case ReplicationAction.AskChecksum ask:
                    slave.Asked.Add(ask.Offset);
                    break;
                case ReplicationAction.TruncateSlave truncate:
                    slave.Cut((int)truncate.Offset);
                    slave.Asked.Clear();
                    break;
                case ReplicationAction.ResetSlave:
                    slave.Cut(0);
                    slave.Asked.Clear();
                    break;
                case ReplicationAction.CopyBackToMaster copy:
                    // Any part of it may come over before one of the two falls over.
                    _master.Log.AddRange(slave.Log.Skip((int)copy.From).Take(_random.Next(1, (int)(copy.To - copy.From) + 1)));
                    break;
            }
        }

        private void Open(int heardTerm)
        {
            _master.Flushed = _master.Log.Count;
            var term = Math.Max(Math.Max(_master.Terms.LastOrDefault().Term, _master.State.LastTerm), heardTerm) + 1;
            _master.State = _master.State with { AwaitingSlave = false, LastTerm = term };
            _master.Log.Add(new(++_nextId, term, true));
            _master.Opened = true;
            _story.AppendLine($"the master opens term {term} at {_master.Log.Count - 1}");
        }

        private void OpenUncleanly()
        {
            if (_allowUnclean && _master.IsUp && _master.Gate.State == GateState.Closed && _random.Next(3) == 0)
            {
                _story.AppendLine("uncleanly:");
                _wentUncleanly = true;
                _master.Gate.OpenUncleanly();
                Open(0);
            }
        }

        private void StartMaster()
        {
            if (_master.IsUp)
            {
                return;
            }
            var mustWait = _master.State.AwaitingSlave || _master.Log.Count == 0 || _master.WasMachineStop;
            _master.IsUp = true;
            _master.Opened = false;
            _master.WasMachineStop = false;
            _master.Gate = new(
                mustWait ? GateState.Closed : GateState.Open, _slaves.Length, MasterGate.SlavesToHear(_slaves.Length, _acksNeeded), TimeSpan.FromDays(1));
            _story.AppendLine($"the master starts with {_master.Log.Count}, waits: {mustWait}");
            if (mustWait)
            {
                _master.State = _master.State with { AwaitingSlave = true };
            }
            else
            {
                Open(0);
            }
        }

        private void StartSlave(SlaveNode slave) => slave.IsUp = true;

        // 0: stopped in order, 1: killed, 2: power loss, 3: wiped.
        private void StopMaster(int how)
        {
            if (!_master.IsUp)
            {
                return;
            }
            _story.AppendLine($"the master stops: {how}");
            _master.IsUp = false;
            foreach (var slave in _slaves)
            {
                EndSession(slave);
            }
            if (how == 2)
            {
                _master.Cut(_random.Next(_master.Flushed, _master.Log.Count + 1));
                _master.WasMachineStop = true;
            }
            if (how == 3)
            {
                _master.Wipe();
            }
        }

        private void StopSlave(SlaveNode slave, int how)
        {
            if (!slave.IsUp)
            {
                return;
            }
            _story.AppendLine($"slave {slave.Id} stops: {how}");
            if (how == 0)
            {
                EndSession(slave);
            }
            slave.IsUp = slave.IsStreaming = false;
            slave.Asked.Clear();
            if (how == 2)
            {
                slave.Cut(_random.Next(slave.Flushed, slave.Log.Count + 1));
            }
            if (how == 3)
            {
                slave.Wipe();
            }
            slave.Confirmed.IntersectWith(slave.Log.Select(record => record.Id));
        }

        private static void EndSession(SlaveNode slave)
        {
            if (slave.IsStreaming)
            {
                slave.IsStreaming = false;
                slave.State = slave.State with { SessionOpen = false, ConfirmedOffset = slave.Acked };
            }
        }

        private void Check()
        {
            foreach (var slave in _slaves)
            {
                Assert.Superset(slave.Confirmed, slave.Log.Select(record => record.Id).ToHashSet());
            }
            if (!_master.IsOpen || _wentUncleanly || !_syncFlush)
            {
                return;
            }
            var held = _master.Log.Select(record => record.Id).ToHashSet();
            var left = _slaves.SelectMany(slave => slave.Log).Select(record => record.Id).Where(_promised.Contains).Where(id => !held.Contains(id)).ToList();
            Assert.True(left.Count == 0, $"the master writes without promised records {string.Join(',', left)}, which a slave holds");
        }
    }
}
