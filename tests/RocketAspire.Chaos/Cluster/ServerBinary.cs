namespace RocketAspire.Chaos.Cluster;

/// <summary>The server that was built with this program.</summary>
internal static class ServerBinary
{
    /// <exception cref="FileNotFoundException">It isn't built.</exception>
    public static string Find()
    {
        // bin/<configuration>/net10.0 of a test project and of the server's are alike.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var repository = own.Parent!.Parent!.Parent!.Parent!.Parent!;
        var path = Path.Combine(repository.FullName, "src", "RocketAspire.Server", "bin", own.Parent!.Name, own.Name, "RocketAspire.Server");
        return File.Exists(path) ? path : throw new FileNotFoundException($"RocketAspire.Server isn't built: there is no {path}");
    }
}
