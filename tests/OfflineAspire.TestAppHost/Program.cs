// The AppHost that the process tests start, signal and kill. --scenario NAME picks what it runs; --state FOLDER is where the
// shell scripts leave their process ids.
var builder = DistributedApplication.CreateBuilder(args);
string state = builder.Configuration["state"] ?? Path.GetTempPath();
#pragma warning disable ASPIREFILESYSTEM001 // Experimental in Aspire 13.
string temporary = builder.FileSystemService.TempDirectory.CreateTempSubdirectory("offline-apphost-").Path;
#pragma warning restore ASPIREFILESYSTEM001
File.WriteAllText(Path.Combine(state, "temporary"), temporary);

// Ends at SIGTERM and notes when.
const string Polite = "trap 'date +%s%N > \"$STATE/$NAME.stopped\"; exit 0' TERM; echo $$ > \"$STATE/$NAME.pid\"; while :; do sleep 0.05; done";
// Leaves a grandchild that ignores SIGTERM and has a session of its own.
const string Stubborn = "(trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > \"$STATE/grandchild.pid\"; while :; do sleep 1; done') & "
    + "echo $$ > \"$STATE/stubborn.pid\"; while :; do sleep 0.05; done";

IResourceBuilder<ExecutableResource> first = Script("first", Polite);
IResourceBuilder<ExecutableResource> second = Script("second", Polite).WaitFor(first);
Script("third", Polite).WaitFor(second);
if (builder.Configuration["scenario"] == "stubborn")
{
    Script("stubborn", Stubborn);
    // A test pauses this one.
    Script("paused", Polite);
}
if (builder.Configuration["scenario"] == "container")
{
    builder.AddContainer("box", "image", "1").WithContainerName("box-1")
        .WithContainerRuntimeArgs("--label", "aspire.cleanup.network=its-net", "--network", "its-net", "--label", "aspire.cleanup.volume=its-volume");
}
if (builder.Configuration["scenario"] == "project")
{
    builder.AddProject<Projects.OfflineAspire_TestService>("service")
        .WithEndpoint(scheme: "tcp", name: "main", env: "LISTEN_PORT")
        .WithEnvironment("GREETING", builder.AddParameter("greeting", secret: true))
        .WithArgs("--quiet");
}
await builder.Build().RunAsync();

IResourceBuilder<ExecutableResource> Script(string name, string text) => builder.AddExecutable(name, "sh", ".", "-c", text)
    .WithEnvironment("STATE", state).WithEnvironment("NAME", name);
