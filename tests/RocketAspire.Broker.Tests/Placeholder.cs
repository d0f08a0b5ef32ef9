namespace RocketAspire.Broker.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
