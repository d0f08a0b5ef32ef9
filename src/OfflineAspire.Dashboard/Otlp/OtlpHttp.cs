using System.IO.Compression;
using Google.Protobuf;
using Microsoft.AspNetCore.Connections.Features;
using OfflineAspire.Otlp.Logs;
using OfflineAspire.Otlp.Metrics;
using OfflineAspire.Otlp.Traces;

namespace OfflineAspire.Dashboard.Otlp;

/// <summary>OTLP over HTTP: protobuf or JSON, plain or gzip, at /v1/logs, /v1/traces and /v1/metrics.</summary>
public sealed class OtlpHttp(OtlpReceiver receiver, OtlpKey key, ILogger<OtlpHttp> logger)
{
    /// <summary>Of one request, as it is sent and as it is unpacked.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/v1/logs" => TakeAsync(context, ExportLogsServiceRequest.Parser, receiver.Receive),
        "/v1/traces" => TakeAsync(context, ExportTraceServiceRequest.Parser, receiver.Receive),
        "/v1/metrics" => TakeAsync(context, ExportMetricsServiceRequest.Parser, receiver.Receive),
        _ => RefuseAsync(context, StatusCodes.Status404NotFound, "only /v1/logs, /v1/traces and /v1/metrics are here"),
    };

    private async Task TakeAsync<TRequest, TResponse>(HttpContext context, MessageParser<TRequest> parser, Func<TRequest, TResponse> receive)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse>
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = "POST";
            await RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "telemetry is sent by POST").ConfigureAwait(false);
            return;
        }

        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var encoding = request.Headers.ContentEncoding.ToString().ToLowerInvariant();
        var (status, reason) = !key.Fits(request.Headers[OtlpKey.Header]) ? (StatusCodes.Status401Unauthorized, $"the header {OtlpKey.Header} is missing or wrong")
            : type is not (Protobuf or Json) ? (StatusCodes.Status415UnsupportedMediaType, $"{Protobuf} and {Json} are understood")
            : encoding is not ("" or "gzip" or "identity") ? (StatusCodes.Status415UnsupportedMediaType, "gzip is understood, or no encoding")
            : (StatusCodes.Status200OK, "");
        if (status != StatusCodes.Status200OK)
        {
            await RefuseAsync(context, status, reason).ConfigureAwait(false);
            return;
        }

        try
        {
            var body = await ReadAsync(context, encoding == "gzip").ConfigureAwait(false);
            var response = receive(type == Json ? Parser.Parse<TRequest>(new StreamReader(body)) : parser.ParseFrom(body));
            context.Response.ContentType = type;
            await context.Response.Body.WriteAsync(type == Json ? System.Text.Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(response)) : response.ToByteArray(), context.RequestAborted).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or InvalidDataException or FormatException or OverflowException)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, e.Message).ConfigureAwait(false);
        }
    }

    /// <exception cref="BadHttpRequestException">It is too large.</exception>
    /// <exception cref="InvalidDataException">It isn't gzip.</exception>
    private static async Task<MemoryStream> ReadAsync(HttpContext context, bool isPacked)
    {
        var stream = isPacked ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
        var body = new MemoryStream();
        var buffer = new byte[32 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > MostBytes) throw new BadHttpRequestException($"at most {MostBytes} bytes are taken at once", StatusCodes.Status413PayloadTooLarge);
            body.Write(buffer, 0, read);
        }

        body.Position = 0;
        return body;
    }

    private Task RefuseAsync(HttpContext context, int status, string reason)
    {
        Log.TelemetryRefused(logger, reason);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }
}

/// <summary>Which of the dashboard's addresses a request came by: each serves its own and nothing else.</summary>
public enum Door
{
    Pages,
    OtlpGrpc,
    OtlpHttp,
}

/// <summary>Keeps the doors apart, by the socket and not by what a request says.</summary>
public static class Doors
{
    private const string Item = "door";
    private const string GrpcPath = "/opentelemetry.proto.collector.";

    public static void Mark(this Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions listen, Door door) => listen.Use(next => connection =>
    {
        connection.Items[Item] = door;
        return next(connection);
    });

    public static void UseDoors(this WebApplication app) => app.Use(async (context, next) =>
    {
        var door = context.Features.Get<IConnectionItemsFeature>()?.Items[Item] as Door? ?? Door.Pages;
        var isGrpc = context.Request.Path.Value?.StartsWith(GrpcPath, StringComparison.Ordinal) is true;
        if (door == Door.OtlpHttp) await context.RequestServices.GetRequiredService<OtlpHttp>().HandleAsync(context).ConfigureAwait(false);
        else if (isGrpc != (door == Door.OtlpGrpc)) context.Response.StatusCode = StatusCodes.Status404NotFound;
        else await next(context).ConfigureAwait(false);
    });
}
