using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client.Tests;

/// <summary>The client and our name server, which must agree without sharing more than the protocol.</summary>
public sealed class AgainstNameServerTests
{
    [Fact]
    public async Task What_a_broker_registers_a_client_sees()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var node = await NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, ct);
        await using var connection = RocketMQConnection.Create(node.Endpoint.ToString());
        var admin = new RocketMQAdmin(connection);
        Assert.Null(await admin.GetRouteAsync("TopicA", ct));
        Assert.Empty((await admin.GetClusterInfoAsync(ct)).BrokerAddrTable);

        var topics = new TopicConfigAndVersion { DataVersion = new(1, 1), TopicConfigTable = new Dictionary<string, TopicConfig> { ["TopicA"] = new() { TopicName = "TopicA", ReadQueueNums = 4 } } };
        var fields = new ExtFields { { "brokerName", "broker-a" }, { "brokerAddr", "127.0.0.1:10911" }, { "clusterName", "c" }, { "haServerAddr", "127.0.0.1:10912" }, { "brokerId", 0L } };
        var request = RemotingCommand.CreateRequest(RequestCode.RegisterBroker, fields, new RegisterBrokerBody { TopicConfigs = topics }.Encode());
        await connection.DemandAsync(node.Endpoint.ToString(), request, ct);

        Assert.Equal(4, (await admin.GetRouteAsync("TopicA", ct))!.QueueDatas[0].ReadQueueNums);
        Assert.Equal("127.0.0.1:10911", (await admin.GetClusterInfoAsync(node.Endpoint.ToString(), ct)).BrokerAddrTable["broker-a"].MasterAddress);
        Assert.Equal(["TopicA"], await admin.GetTopicsAsync(ct));
    }
}
