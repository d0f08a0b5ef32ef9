namespace RocketAspire.Broker;

/// <summary>Who a broker is to the name servers at this moment.</summary>
/// <param name="BrokerId">0 for a master or leader.</param>
/// <param name="Text">ip:port.</param>
/// <param name="Term">Of a DLedger group: name servers refuse a leader of an earlier term than the one they know. 0: none.</param>
/// <param name="IsShared">The address goes from leader to leader.</param>
public sealed record Registrant(long BrokerId, string Text, int Term = 0, bool IsShared = false);
