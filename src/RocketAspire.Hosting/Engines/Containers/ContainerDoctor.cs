using System.Runtime.InteropServices;
using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>What the doctor looks at on the engine <c>container</c> alone: the image's architecture, and whether containers reach what is advertised.</summary>
internal sealed class ContainerDoctor(ContainerProgram program, ContainerImage image, Func<string, string> containerOf)
{
    /// <summary>Prints each address, of those given as arguments, to which no connection can be made. Our own image has nc, which ends when the node closes the connection at our end's; Apache's has bash.</summary>
    internal const string ReachScript =
        """for a in "$@"; do h=${a%:*}; p=${a##*:}; { if command -v nc >/dev/null; then nc -w 3 "$h" "$p" </dev/null >/dev/null 2>&1; else timeout 3 bash -c "exec 3<>/dev/tcp/$h/$p" 2>/dev/null; fi || echo "$a"; } & done; wait""";

    public async Task<IReadOnlyList<DoctorFinding>> ExamineAsync(ClusterTopology topology, CancellationToken cancellationToken) =>
        [await ArchitectureAsync(cancellationToken).ConfigureAwait(false), .. await ReachAsync(topology, cancellationToken).ConfigureAwait(false)];

    /// <summary>An image of another architecture runs emulated, many times slower, or not at all.</summary>
    internal static DoctorFinding Judge(string image, string imageArchitecture, string machineArchitecture) =>
        imageArchitecture == machineArchitecture ? DoctorFinding.Ok("image", $"{image} is of this machine's architecture ({machineArchitecture})")
        : DoctorFinding.Warn("image", $"{image} is of {imageArchitecture}, this machine of {machineArchitecture}: it runs emulated and slowly, if at all", "pull or build one of this machine's, or name another with --image");

    private async Task<DoctorFinding> ArchitectureAsync(CancellationToken cancellationToken)
    {
        var answer = await program.RunAsync(["image", "inspect", "--format", "{{.Architecture}}", image.Name], cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood) return DoctorFinding.Fail("image", $"{image.Name} can't be looked at: {answer.Reason}", $"try {program.Name} image inspect {image.Name}");
        var machine = RuntimeInformation.OSArchitecture switch { Architecture.X64 => "amd64", Architecture.Arm64 => "arm64", var other => other.ToString().ToLowerInvariant() };
        return Judge(image.Name, answer.Output.Trim(), machine);
    }

    private async Task<IReadOnlyList<DoctorFinding>> ReachAsync(ClusterTopology topology, CancellationToken cancellationToken)
    {
        (string Name, string Address)[] nodes = [.. topology.NameServers.Select(n => (n.Name, n.Address)), .. topology.Brokers.Select(b => (b.Name, b.Address))];
        var findings = new List<DoctorFinding>();
        var asked = 0;
        foreach (var (name, _) in nodes.DistinctBy(static n => n.Name))
        {
            var answer = await program.RunAsync(["exec", containerOf(name), "sh", "-c", ReachScript, "sh", .. nodes.Select(static n => n.Address)], cancellationToken).ConfigureAwait(false);
            // One that doesn't run is named by other checks.
            if (!answer.IsGood) continue;
            asked++;
            var missed = answer.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
            if (missed.Count == 0) continue;
            var unreached = nodes.Where(n => missed.Contains(n.Address)).Select(static n => $"{n.Name} at {n.Address}");
            findings.Add(DoctorFinding.Fail("containers", $"the container {name} can't reach {string.Join(", ", unreached)}",
                $"look at the network with {program.Name} network ls, or advertise another address with --host"));
        }

        return [.. findings.OrOk("containers", asked, $"{DoctorChecks.Count(asked, "container")} reach each node at its advertised address")];
    }
}
