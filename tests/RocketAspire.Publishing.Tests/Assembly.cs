using Xunit.Sdk;
using Xunit.v3;

// Some of these start processes: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
