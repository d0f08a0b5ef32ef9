namespace RocketAspire.Protocol.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
