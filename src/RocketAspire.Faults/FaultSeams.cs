using RocketAspire.Store;

namespace RocketAspire.Faults;

/// <summary>All that a node can be made to suffer: its disk, its clock and its network to other nodes.</summary>
public sealed class FaultSeams
{
    private readonly ShiftedTimeProvider _time;

    public FaultSeams(IStorageDevice device, TimeProvider time)
    {
        Device = new FaultyDevice(device, Disk);
        Network = new FaultyNetwork(time);
        _time = new ShiftedTimeProvider(time);
    }

    public DiskFaults Disk { get; } = new();

    public IStorageDevice Device { get; }

    public FaultyNetwork Network { get; }

    public TimeProvider Time => _time;

    /// <summary>How far the node's wall clock is off.</summary>
    public TimeSpan ClockOffset
    {
        get => _time.Offset;
        set => _time.Offset = value;
    }
}
