using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>Each store can be written and its disk has room: below that of its setting a broker refuses messages.</summary>
internal static class StoreCheck
{
    private const string Name = "store";
    private const long LeastBytes = 64L << 20;
    private const long ComfortableBytes = 1L << 30;

    /// <summary>Before 5 it is no setting of the file.</summary>
    private const int ApacheWarningPercent = 90;

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts)
    {
        var known = facts.Brokers.Where(b => b.Store is not null || Used(b) is not null).ToList();
        var free = known.Where(b => b.Store is not null).Select(b => b.Store!.FreeBytes).DefaultIfEmpty(0).Min();
        return known.SelectMany(Bad).OrOk(Name, known.Count, free > 0 ? $"{DoctorChecks.Count(known.Count, "store")} can be written; at least {Megabytes(free)} are free" : $"there is room on the disk of {DoctorChecks.Count(known.Count, "store")}");
    }

    private static IEnumerable<DoctorFinding> Bad(BrokerFacts b)
    {
        if (b.Store is { } store)
        {
            if (store.WriteProblem is { } why)
            {
                yield return DoctorFinding.Fail(Name, $"{b.Name} can't write its store {store.Path}: {why}", "give the folder to the user that runs the broker");
                yield break;
            }

            if (store.FreeBytes < LeastBytes)
                yield return DoctorFinding.Fail(Name, $"{Megabytes(store.FreeBytes)} are free for {b.Name} at {store.Path}", "make room there, or put the store on another disk with --data-path");
            else if (store.FreeBytes < ComfortableBytes)
                yield return DoctorFinding.Warn(Name, $"only {Megabytes(store.FreeBytes)} are free for {b.Name} at {store.Path}", "make room there, or put the store on another disk with --data-path");
        }

        if (Used(b) is { } used && used * 100 >= Limit(b))
            yield return DoctorFinding.Fail(Name, $"the disk of {b.Name} is {used * 100:0} % full: from {Limit(b)} % on it stores nothing", "make room there, or set diskSpaceWarningLevelRatio");
    }

    /// <summary>The part of the disk that is used, as the broker sees it; it says −1 when it can't tell.</summary>
    private static double? Used(BrokerFacts b) =>
        b.Runtime.TryGetValue("commitLogDiskRatio", out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var used) && used >= 0 ? used : null;

    private static int Limit(BrokerFacts b)
    {
        var key = BrokerConf.DiskSpaceWarningLevelRatio;
        return b.InForce?.Get(key.Name) is { } told ? key.Parse(told) : b.Node.Conf.Get(key.Name) is { } written ? key.Parse(written) : ApacheWarningPercent;
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MB");
}
