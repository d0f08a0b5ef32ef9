using RocketAspire.Console;

return await ConsoleApp.RunAsync(args);
