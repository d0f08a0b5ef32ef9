using Google.Protobuf.Collections;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy.Tests;

public sealed class QueryRouteTests(SharedCluster shared)
{
    private readonly ProxyCluster _cluster = shared.Cluster;

    [Fact]
    public async Task A_topic_s_queues_are_told_with_what_they_take()
    {
        using var caller = new Caller(_cluster.Proxy);
        var response = await AskAsync(caller, await _cluster.TopicAsync("MIXED", queues: 3));
        Assert.Equal(Code.Ok, response.Status.Code);
        Assert.Equal([0, 1, 2], response.MessageQueues.Select(static queue => queue.Id));
        Assert.All(response.MessageQueues, static queue =>
        {
            Assert.Equal((Permission.ReadWrite, "broker-a", 0), (queue.Permission, queue.Broker.Name, queue.Broker.Id));
            Assert.Equal([MessageType.Normal, MessageType.Fifo, MessageType.Delay, MessageType.Transaction], queue.AcceptMessageTypes);
        });
    }

    [Fact]
    public async Task The_address_is_the_one_by_which_the_client_came()
    {
        var topic = await _cluster.TopicAsync();
        using var byName = new Caller(_cluster.Proxy, host: "localhost");
        Assert.Equal(("localhost", _cluster.Proxy.Endpoint.Port, AddressScheme.DomainName), AddressOf(await AskAsync(byName, topic)));
        using var byNumber = new Caller(_cluster.Proxy);
        Assert.Equal(("127.0.0.1", _cluster.Proxy.Endpoint.Port, AddressScheme.Ipv4), AddressOf(await AskAsync(byNumber, topic)));

        // Behind a port mapping, only the client knows how it came.
        var mapped = new Endpoints { Scheme = AddressScheme.DomainName, Addresses = { new Address { Host = "proxy.example", Port = 18081 } } };
        Assert.Equal(("proxy.example", 18081, AddressScheme.DomainName), AddressOf(await AskAsync(byNumber, topic, mapped)));
    }

    [Fact]
    public async Task A_setting_overrides_the_address()
    {
        var proxy = await _cluster.StartProxyAsync(static options => options with { Advertised = ["10.1.2.3:443"] });
        using var caller = new Caller(proxy);
        Assert.Equal(("10.1.2.3", 443, AddressScheme.Ipv4), AddressOf(await AskAsync(caller, await _cluster.TopicAsync())));
    }

    [Fact]
    public async Task A_topic_that_brokers_would_create_is_told_as_a_normal_one()
    {
        using var caller = new Caller(_cluster.Proxy);
        var response = await AskAsync(caller, $"Unborn-{Guid.NewGuid():N}");
        Assert.Equal((Code.Ok, 4), (response.Status.Code, response.MessageQueues.Count));
        Assert.All(response.MessageQueues, static queue => Assert.Equal([MessageType.Normal], queue.AcceptMessageTypes));
    }

    [Fact]
    public async Task A_topic_that_nobody_creates_is_not_found()
    {
        var proxy = await _cluster.StartProxyAsync(static options => options with { AutoCreateTopics = false });
        using var caller = new Caller(proxy);
        var response = await AskAsync(caller, "Unborn");
        Assert.Equal((Code.TopicNotFound, "No topic route info in name server for the topic: Unborn"), (response.Status.Code, response.Status.Message));
    }

    [Theory]
    [InlineData("", "The specified topic is blank")]
    [InlineData("a b", "The specified topic[a b] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$")]
    [InlineData("TBW102", "cannot access system topic")]
    [InlineData("rmq_sys_wheel_timer", "cannot access system topic")]
    public async Task A_name_that_can_t_be_is_refused(string topic, string message)
    {
        using var caller = new Caller(_cluster.Proxy);
        var response = await AskAsync(caller, topic);
        Assert.Equal((Code.IllegalTopic, message), (response.Status.Code, response.Status.Message));
    }

    [Fact]
    public async Task A_client_has_to_say_who_it_is()
    {
        using var caller = new Caller(_cluster.Proxy, clientId: null);
        var response = await AskAsync(caller, "Any");
        Assert.Equal((Code.ClientIdRequired, "client id cannot be empty"), (response.Status.Code, response.Status.Message));
    }

    [Fact]
    public async Task A_push_consumer_is_assigned_brokers_and_an_ordered_one_queues()
    {
        using var caller = new Caller(_cluster.Proxy);
        var topic = await _cluster.TopicAsync(queues: 2);
        Assert.Equal([-1], Ids(await AssignmentsAsync(caller, topic, await _cluster.GroupAsync())));
        Assert.Equal([0, 1], Ids(await AssignmentsAsync(caller, topic, await _cluster.GroupAsync(static group => group with { ConsumeMessageOrderly = true }))));
        var wrong = await AssignmentsAsync(caller, topic, "CID_RMQ_SYS_TRANS");
        Assert.Equal((Code.IllegalConsumerGroup, "cannot use system consumer group"), (wrong.Status.Code, wrong.Status.Message));
    }

    private static async Task<QueryRouteResponse> AskAsync(Caller caller, string topic, Endpoints? endpoints = null) =>
        await caller.Service.QueryRouteAsync(new QueryRouteRequest { Topic = Caller.Named(topic), Endpoints = endpoints }, caller.Options());

    private static async Task<QueryAssignmentResponse> AssignmentsAsync(Caller caller, string topic, string group) =>
        await caller.Service.QueryAssignmentAsync(new QueryAssignmentRequest { Topic = Caller.Named(topic), Group = Caller.Named(group) }, caller.Options());

    private static (string Host, int Port, AddressScheme Scheme) AddressOf(QueryRouteResponse response)
    {
        var endpoints = Assert.Single(response.MessageQueues.Select(static queue => queue.Broker.Endpoints).Distinct());
        RepeatedField<Address> addresses = endpoints.Addresses;
        var address = Assert.Single(addresses);
        return (address.Host, address.Port, endpoints.Scheme);
    }

    private static IEnumerable<int> Ids(QueryAssignmentResponse response) => response.Assignments.Select(static assignment => assignment.MessageQueue.Id);
}
