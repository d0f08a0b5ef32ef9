namespace RocketAspire.Broker.Acl;

/// <summary>A rule that can't be read; one line without secrets.</summary>
public sealed class AclException(string message) : Exception(message);
