using System.Globalization;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Faults;

namespace RocketAspire.Chaos;

/// <summary>What a run is to be.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        usage: RocketAspire.Chaos [--topology NAME] [--seconds N] [--seed S] [--seeds K] [--rate N] [--faults KIND,KIND] [--keep]
          --topology  2m-2s-sync (default), 2m-2s-async, dledger (three nodes) or dledger-5
          --seconds   of faults under load, for each seed (default 60)
          --seed      the first seed (default: a random one, printed); the same one makes the same schedule
          --seeds     how many seeds, one after the other (default 1)
          --rate      messages a second (default 300)
          --faults    only these kinds
          --keep      leave the nodes' folders and logs there; a violation does so by itself
        """;

    public string Topology { get; init; } = ChaosTopology.Names[0];

    public int Seconds { get; init; } = 60;

    public int Seed { get; init; } = Random.Shared.Next(1, 1_000_000);

    public int Seeds { get; init; } = 1;

    public int Rate { get; init; } = 300;

    /// <summary>Null: all that make sense for the topology.</summary>
    public IReadOnlyList<FaultKind>? Faults { get; init; }

    public bool Keep { get; init; }

    /// <exception cref="FormatException">One line that says what is wrong and what is allowed.</exception>
    public static ChaosOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ChaosOptions();
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--keep")
            {
                options = options with { Keep = true };
                continue;
            }

            var name = args[i];
            var value = ++i < args.Count ? args[i] : throw new FormatException($"{name} needs a value");
            options = name switch
            {
                "--topology" => options with { Topology = ChaosTopology.Names.Contains(value) ? value : throw new FormatException($"--topology {value}: allowed are {string.Join(", ", ChaosTopology.Names)}") },
                "--seconds" => options with { Seconds = Number(name, value, 5) },
                "--seed" => options with { Seed = Number(name, value, 0) },
                "--seeds" => options with { Seeds = Number(name, value, 1) },
                "--rate" => options with { Rate = Number(name, value, 1) },
                "--faults" => options with { Faults = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Kind)] },
                _ => throw new FormatException($"{name} is unknown"),
            };
        }

        return options;
    }

    private static int Number(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number : throw new FormatException($"{name} {value}: a whole number from {least} on");

    private static FaultKind Kind(string name) =>
        FaultKinds.Find(name) ?? throw new FormatException($"--faults {name}: allowed are {string.Join(", ", FaultKinds.All.Select(FaultKinds.NameOf))}");
}
