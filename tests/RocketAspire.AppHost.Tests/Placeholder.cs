namespace RocketAspire.AppHost.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
