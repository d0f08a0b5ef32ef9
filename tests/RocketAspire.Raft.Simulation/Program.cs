using System.Diagnostics;
using System.Globalization;
using RocketAspire.Raft.Simulation;

// The test runner's own switches go to it; --steps asks for a long run.
return args.Contains("--steps") || args.Contains("--episode")
    ? LongRun.Run(args)
    : args.Any(static arg => arg is "--server" or "--internal-msbuild-node")
        ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

/// <summary>dotnet run -c Release --project tests/RocketAspire.Raft.Simulation -- --steps N [--seed S] [--nodes 3|5|7], or --episode E --nodes N to replay one.</summary>
internal static class LongRun
{
    private const int StepsAnEpisode = 20_000;
    private const int TimelineShown = 300;

    public static int Run(string[] args)
    {
        var steps = Number(args, "--steps", 1_000_000);
        var seed = (int)Number(args, "--seed", Random.Shared.Next());
        var nodes = (int)Number(args, "--nodes", 0);
        if (args.Contains("--episode")) return Replay(nodes == 0 ? 3 : nodes, (int)Number(args, "--episode", 0));
        Console.WriteLine($"seed {seed}, {(nodes == 0 ? "3, 5 and 7 nodes in turns" : $"{nodes} nodes")}, {steps:N0} steps");
        Console.WriteLine("after each step: one leader a term; committed bytes never change, and are in each new leader's log; logs that agree on offset and term agree on all before; committed means durable on a majority of voters; a commit never goes back; nothing committed is cut; one vote a term and life. After each healing: a leader, all voters, all data, within 15 s");
        var clock = Stopwatch.StartNew();
        long done = 0, episodes = 0, elections = 0, commits = 0, told = 0;
        var random = new Random(seed);
        while (done < steps)
        {
            var count = nodes == 0 ? (int)(3 + (2 * (episodes % 3))) : nodes;
            var episode = random.Next();
            try
            {
                var world = Episode.Run(count, episode, Math.Min(StepsAnEpisode, steps - done));
                done += world.Steps;
                elections += world.Checker.Elections;
                commits += world.Checker.Commits;
            }
            catch (EpisodeException e)
            {
                Console.WriteLine($"FAILED: {e.Message}");
                Console.WriteLine($"replay: --episode {episode} --nodes {count}");
                return Replay(count, episode);
            }

            episodes++;
            if (done / 1_000_000 == told) continue;
            told = done / 1_000_000;
            Console.WriteLine(Line(done, clock, episodes, elections, commits));
        }

        Console.WriteLine("clean: " + Line(done, clock, episodes, elections, commits));
        return 0;
    }

    private static string Line(long done, Stopwatch clock, long episodes, long elections, long commits) =>
        string.Create(CultureInfo.InvariantCulture, $"{done:N0} steps in {clock.Elapsed.TotalSeconds:0.0} s, {done / clock.Elapsed.TotalSeconds:N0} steps/s, {episodes:N0} episodes, {elections:N0} elections, {commits:N0} commits");

    private static int Replay(int nodes, int episode)
    {
        try
        {
            var world = Episode.Run(nodes, episode, StepsAnEpisode, trace: true);
            if (Environment.GetEnvironmentVariable("SIM_TIMELINE") is not null) foreach (var line in world.Timeline) Console.WriteLine(line);
            Console.WriteLine($"clean: {world.Steps} steps; {world.Profile}");
            return 0;
        }
        catch (EpisodeException e)
        {
            foreach (var line in e.World.Timeline.TakeLast(Environment.GetEnvironmentVariable("SIM_TIMELINE") is null ? TimelineShown : int.MaxValue)) Console.WriteLine(line);
            Console.WriteLine(e.InnerException is InvariantException ? e.Message : e.ToString());
            return 1;
        }
    }

    private static long Number(string[] args, string name, long otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 || at + 1 >= args.Length ? otherwise : long.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
