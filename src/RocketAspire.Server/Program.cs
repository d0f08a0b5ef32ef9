using RocketAspire.Server;

return await ServerCommand.RunAsync(args).ConfigureAwait(false);
