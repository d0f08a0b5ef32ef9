namespace RocketAspire.Client.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
