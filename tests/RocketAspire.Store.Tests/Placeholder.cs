namespace RocketAspire.Store.Tests;
public sealed class Placeholder { [Xunit.Fact] public void Runs() { } }
