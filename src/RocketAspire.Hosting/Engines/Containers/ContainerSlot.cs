using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>
/// A number that no other AppHost of this machine has, and with it the names of containers, network and volumes and the network's
/// addresses. The system drops its lock with its owner, however that ends: whatever then still bears such a name is left over.
/// </summary>
internal sealed class ContainerSlot : IDisposable, IAsyncDisposable
{
    private const int Slots = 200;

    // From the block for private networks, away from the parts that engines and home routers like best.
    private const int SecondByte = 231;

    // The upper half is for containers that ask for no address.
    private const int FirstOfOthers = 128;

    private readonly ContainerProgram _program;
    private readonly FileStream _lock;
    private readonly List<string> _volumes = [];
    private bool _hasNetwork;
    private int _isDisposed;

    private ContainerSlot(ContainerProgram program, FileStream held, int number)
    {
        _program = program;
        _lock = held;
        Number = number;
    }

    public int Number { get; }

    public string Prefix => string.Create(CultureInfo.InvariantCulture, $"rocketaspire-{Number}");

    public string Network => Prefix;

    public string Subnet => AddressOf(0) + "/24";

    public static ContainerSlot Take(ContainerProgram program)
    {
        var folder = PortBlock.Folder();
        for (var number = 0; number < Slots; number++)
        {
            if (PortBlock.TryLock(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"containers-{number}"))) is not { } held) continue;
            var slot = new ContainerSlot(program, held, number);
            if (slot.IsTaken())
            {
                program.Run("network", "rm", "--force", slot.Network);
                if (slot.IsTaken())
                {
                    held.Dispose();
                    continue;
                }
            }
            return slot;
        }
        throw new RocketMQSettingException($"--engine container: all {Slots} networks 10.{SecondByte}.N.0/24 are taken on this machine; use --network host", RocketMQSettingException.Machine);
    }

    /// <param name="last">The last byte, from 2 to 127; 1 is the host's.</param>
    public string AddressOf(int last) => string.Create(CultureInfo.InvariantCulture, $"10.{SecondByte}.{Number}.{last}");

    public string ContainerName(string node) => $"{Prefix}-{node}";

    public string VolumeName(string node) => $"{Prefix}-{node}-data";

    /// <exception cref="RocketMQSettingException">The engine says no.</exception>
    public async Task CreateNetworkAsync(CancellationToken cancellationToken)
    {
        await _program.RunAsync(["network", "rm", "--force", Network], cancellationToken).ConfigureAwait(false);
        // Nodes have addresses; names would need a name server that lives on when it isn't needed any more.
        IEnumerable<string> more = _program.Name == "podman" ? ["--disable-dns"] : [];
        var answer = await _program.RunAsync(["network", "create", "--subnet", Subnet, "--gateway", AddressOf(1), "--ip-range", AddressOf(FirstOfOthers) + "/25", .. more, Network], cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood)
            throw new RocketMQSettingException($"--engine container: {_program.Name} can't create a network {Subnet}: {answer.Reason}; let this user do so, or use --network host");
        _hasNetwork = true;
    }

    /// <exception cref="RocketMQSettingException">The engine says no.</exception>
    public async Task CreateVolumeAsync(string name, CancellationToken cancellationToken)
    {
        await _program.RunAsync(["volume", "rm", "--force", name], cancellationToken).ConfigureAwait(false);
        var answer = await _program.RunAsync(["volume", "create", name], cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood) throw new RocketMQSettingException($"--engine container: {_program.Name} can't create a volume: {answer.Reason}; give a folder with --data-path DIR");
        _volumes.Add(name);
    }

    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        try
        {
            if (_volumes.Count > 0) await _program.RunAsync(["volume", "rm", "--force", .. _volumes]).ConfigureAwait(false);
            if (_hasNetwork) await _program.RunAsync(["network", "rm", "--force", Network]).ConfigureAwait(false);
        }
        catch (RocketMQSettingException)
        {
            // The engine was removed, and what it made with it.
        }
        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsTaken() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(n => n.GetIPProperties().UnicastAddresses)
        .Any(a => a.Address.AddressFamily == AddressFamily.InterNetwork && Overlaps(a.Address, a.PrefixLength));

    private bool Overlaps(IPAddress address, int length)
    {
        var network = new IPNetwork(IPAddress.Parse(AddressOf(0)), 24);
        return network.Contains(address) || (length is > 0 and < 24 && new IPNetwork(MaskOf(address, length), length).Contains(network.BaseAddress));
    }

    private static IPAddress MaskOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) & ~(uint.MaxValue >> length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, bits);
        return new IPAddress(bytes);
    }
}
