namespace RocketAspire.Remoting.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
