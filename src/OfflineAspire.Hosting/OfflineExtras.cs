using System.Runtime.InteropServices;
using Aspire.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OfflineAspire;

/// <summary>What the build knows about a referenced project beyond its path; generated for each <c>Projects.*</c> type.</summary>
public interface IBuiltProject
{
    /// <summary>The project's built assembly.</summary>
    string TargetPath { get; }
}

/// <summary>Where the running .NET lives, so that child processes find the same one.</summary>
internal static class DotnetHost
{
    // <root>/shared/Microsoft.NETCore.App/<version>/System.Private.CoreLib.dll
    public static string Root { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static string Executable { get; } = Path.Combine(Root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>Runs a library that is a program too. One that came as a package has no runtime configuration of its own: it takes that of the application it came to.</summary>
    public static IReadOnlyList<string> ArgumentsFor(string library)
    {
        string own = Path.ChangeExtension(library, ".runtimeconfig.json");
        string? entry = System.Reflection.Assembly.GetEntryAssembly()?.Location;
        return File.Exists(own) || string.IsNullOrEmpty(entry) ? ["exec", library] : ["exec", "--runtimeconfig", Path.ChangeExtension(entry, ".runtimeconfig.json"), library];
    }
}

/// <summary>
/// Lets a test take over the application that an AppHost's entry point builds. It flows with the entry point's execution context, so
/// tests in parallel don't meet, and an application knows whether the entry point or the test calls it.
/// </summary>
internal sealed class BuilderInterception
{
    private static readonly AsyncLocal<BuilderInterception?> Flow = new();

    public static BuilderInterception? Current => Flow.Value;

    public required Action<DistributedApplicationOptions, HostApplicationBuilderSettings> OnConstructing { get; init; }

    /// <summary>May block: the entry point goes on when the test builds.</summary>
    public required Action<DistributedApplicationBuilder> OnBuilding { get; init; }

    public required Action<DistributedApplication> OnBuilt { get; init; }

    public DistributedApplication? Built { get; set; }

    public void Enter() => Flow.Value = this;
}

/// <summary>Signals to a running AppHost: the first stops everything in order, the second kills it.</summary>
internal sealed class Signals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly DistributedApplication _app;
    private int _received;

    private Signals(DistributedApplication app)
    {
        _app = app;
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
        if (!Platform.Current.HangupIsIgnored)
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal));
        }
    }

    public static Signals Watch(DistributedApplication app)
    {
        Platform.Current.WatchDotnetRun(() =>
        {
            Console.Error.WriteLine("The 'dotnet run' that started this AppHost is gone, so everything is stopped.");
            StopApplication(app);
        });
        return new(app);
    }

    public void Dispose() => _registrations.ForEach(r => r.Dispose());

    private static void StopApplication(DistributedApplication app)
    {
        try
        {
            app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }
        catch (ObjectDisposedException)
        {
            // It is stopped already.
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
        {
            StopApplication(_app);
        }
        else
        {
            _app.Services.GetRequiredService<GuardianClient>().KillAll();
        }
    }
}
