namespace RocketAspire.Console.Cluster;

/// <summary>One series in its three spans. Each slot is the mean of what was measured in it; a slot without a measurement is NaN. Not thread-safe.</summary>
internal sealed class HistorySeries
{
    private readonly Tier[] _tiers = [.. RateHistory.Tiers.Select(static tier => new Tier(tier.Step, tier.Slots))];

    public DateTimeOffset LastAt { get; private set; }

    public void Add(DateTimeOffset at, double value)
    {
        // A clock that was set back would overwrite what is known.
        if (at < LastAt) return;
        LastAt = at;
        foreach (var tier in _tiers) tier.Add(at, value);
    }

    public IReadOnlyList<RatePoint> Points(HistorySpan span) => _tiers[(int)span].Points();

    /// <summary>All but the closest span, which is over before a console is back.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(LastAt.ToUnixTimeMilliseconds());
        foreach (var tier in _tiers.Skip(1)) tier.Write(writer);
    }

    /// <exception cref="InvalidDataException">Not what was written.</exception>
    public static HistorySeries Read(BinaryReader reader)
    {
        var last = reader.ReadInt64();
        if (last is < 0 or > 253_402_300_799_999) throw new InvalidDataException($"time {last}");
        var series = new HistorySeries { LastAt = DateTimeOffset.FromUnixTimeMilliseconds(last) };
        foreach (var tier in series._tiers.Skip(1)) tier.Read(reader);
        return series;
    }

    private sealed class Tier(TimeSpan step, int slots)
    {
        // Made with the first value: most series of a large cluster live for a moment.
        private float[] _values = [];
        private long _slot = -1;
        private double _sum;
        private int _count;

        public void Add(DateTimeOffset at, double value)
        {
            var slot = at.UtcTicks / step.Ticks;
            if (_values.Length == 0) Reset();
            if (slot != _slot)
            {
                Skip(slot);
                (_slot, _sum, _count) = (slot, 0, 0);
            }

            _sum += value;
            _count++;
            _values[slot % slots] = (float)(_sum / _count);
        }

        public List<RatePoint> Points()
        {
            var points = new List<RatePoint>();
            if (_values.Length == 0) return points;
            for (var slot = Math.Max(0, _slot - slots + 1); slot <= _slot; slot++)
                if (_values[slot % slots] is var value && !float.IsNaN(value)) points.Add(new RatePoint(new DateTimeOffset(slot * step.Ticks, TimeSpan.Zero), value));
            return points;
        }

        public void Write(BinaryWriter writer)
        {
            writer.Write(_values.Length == 0 ? -1 : _slot);
            if (_values.Length == 0) return;
            for (var slot = _slot - slots + 1; slot <= _slot; slot++) writer.Write(slot < 0 ? Short(float.NaN) : Short(_values[slot % slots]));
        }

        public void Read(BinaryReader reader)
        {
            var slot = reader.ReadInt64();
            if (slot == -1) return;
            if (slot < slots || slot > DateTimeOffset.MaxValue.Ticks / step.Ticks) throw new InvalidDataException($"slot {slot}");
            Reset();
            _slot = slot;
            for (var at = slot - slots + 1; at <= slot; at++) _values[at % slots] = BitConverter.UInt32BitsToSingle((uint)reader.ReadUInt16() << 16);
            // The slot that was being filled goes on as one measurement.
            if (_values[slot % slots] is var value && float.IsFinite(value)) (_sum, _count) = (value, 1);
        }

        /// <summary>The upper half of a float: within half a percent, which no line shows.</summary>
        private static ushort Short(float value) => float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000) >> 16);

        private void Reset()
        {
            _values = new float[slots];
            Array.Fill(_values, float.NaN);
        }

        private void Skip(long slot)
        {
            if (_slot < 0 || slot - _slot >= slots) Array.Fill(_values, float.NaN);
            else
                for (var between = _slot + 1; between < slot; between++) _values[between % slots] = float.NaN;
        }
    }
}
