using RocketAspire.Chaos;

return await ChaosProgram.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
