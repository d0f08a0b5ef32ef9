namespace RocketAspire.Hosting.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
