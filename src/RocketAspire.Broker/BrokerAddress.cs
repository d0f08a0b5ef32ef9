using System.Net;

namespace RocketAspire.Broker;

/// <summary>Who this broker is to others, once its ports are bound.</summary>
/// <param name="ClusterName">The cluster.</param>
/// <param name="BrokerName">The group's name, which master and slaves share.</param>
/// <param name="BrokerId">0 for the master.</param>
/// <param name="Text">ip:port as clients are told.</param>
/// <param name="Host">The same as an endpoint: written into every record as its storeHost, and so into offsetMsgIds.</param>
public sealed record BrokerAddress(string ClusterName, string BrokerName, long BrokerId, string Text, IPEndPoint Host);
