using Xunit.Sdk;
using Xunit.v3;

// Each test starts a cluster of processes: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
