using System.Net;

namespace RocketAspire.Console.Access;

/// <summary>Keeps other sites' pages, which a browser on this machine may show, from reaching the console.</summary>
internal static class SiteGuard
{
    /// <param name="url">Where it listens.</param>
    public static Func<HttpContext, RequestDelegate, Task> Create(string url)
    {
        var own = Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Host : "localhost";
        return (context, next) =>
        {
            var request = context.Request;
            // A name of theirs that resolves to this machine isn't an address, and not ours.
            var isOurs = IsOwnName(request.Host.Host, own);
            // Browsers say where a script or form comes from; web sockets, which they let anybody open, too.
            var isSame = request.Headers.Origin is [{ Length: > 0 } origin] ? IsSame(origin, request) : true;
            if (isOurs && (isSame || (HttpMethods.IsGet(request.Method) && !context.WebSockets.IsWebSocketRequest))) return next(context);
            context.Response.StatusCode = isOurs ? StatusCodes.Status403Forbidden : StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        };
    }

    private static bool IsOwnName(string host, string own) =>
        host is "localhost" || host.Equals(own, StringComparison.OrdinalIgnoreCase) || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private static bool IsSame(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
