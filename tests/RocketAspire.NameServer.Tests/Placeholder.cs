namespace RocketAspire.NameServer.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
