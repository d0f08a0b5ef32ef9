using System.Net;
using Grpc.Core;

namespace RocketAspire.Proxy;

/// <summary>Who calls, and how long there is.</summary>
/// <param name="ClientId">Empty when the client told none.</param>
/// <param name="ClientVersion">Null when it told none.</param>
/// <param name="RemoteAddress"><c>ip:port</c>.</param>
/// <param name="Came">The <c>host:port</c> by which the client came.</param>
/// <param name="Remote">The client's address; IPv4 as such.</param>
/// <param name="Authorization">The header by which it says who it is; null: none.</param>
/// <param name="DateTime">The header that is signed; null: none.</param>
/// <param name="Deadline">When it stops waiting; null: never.</param>
/// <param name="Ended">Cancelled when the client is gone, its deadline is over, or the proxy stops.</param>
internal sealed record CallContext(string ClientId, string? ClientVersion, string RemoteAddress, string Came, IPAddress Remote, string? Authorization, string? DateTime,
    DateTimeOffset? Deadline, CancellationToken Ended)
{
    public static CallContext Of(ServerCallContext call, CancellationToken ended)
    {
        var http = call.GetHttpContext();
        var local = new IPEndPoint(http.Connection.LocalIpAddress ?? IPAddress.Loopback, http.Connection.LocalPort);
        var host = http.Request.Host;
        return new(
            Header(call, "x-mq-client-id") ?? "",
            Header(call, "x-mq-client-version"),
            $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}",
            host is { HasValue: true, Port: not null } ? host.Value! : local.ToString(),
            http.Connection.RemoteIpAddress is not { } remote ? IPAddress.Loopback : remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote,
            Header(call, "authorization"),
            Header(call, "x-mq-date-time"),
            call.Deadline == System.DateTime.MaxValue ? null : new DateTimeOffset(System.DateTime.SpecifyKind(call.Deadline, DateTimeKind.Utc)),
            ended)
        {
            Language = Header(call, "x-mq-language") ?? "OTHER",
        };
    }

    /// <summary>As the client spells it.</summary>
    public string Language { get; init; } = "OTHER";

    /// <summary>Milliseconds until the deadline; null: there is none.</summary>
    public long? RemainingMs(TimeProvider time) => Deadline is { } deadline ? (long)(deadline - time.GetUtcNow()).TotalMilliseconds : null;

    private static string? Header(ServerCallContext call, string name) => call.RequestHeaders.GetValue(name);
}
