return await RocketAspire.Bench.BenchCommand.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
