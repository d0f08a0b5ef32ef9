global using Xunit;

// They start shell scripts and look into /proc; two at once would only slow each other down.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
