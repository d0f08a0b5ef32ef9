using BenchmarkDotNet.Running;

// Which ones: --filter '*Codec*'; without arguments it asks.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
