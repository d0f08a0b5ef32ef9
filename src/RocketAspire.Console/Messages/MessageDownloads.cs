using System.Net.Mime;
using RocketAspire.Console.Cluster;

namespace RocketAspire.Console.Messages;

/// <summary>What browsers fetch as files: exports, and whole bodies. Both only read.</summary>
public static class MessageDownloads
{
    public static IServiceCollection AddMessages(this IServiceCollection services) => services
        .AddSingleton<ResentMessages>()
        .AddSingleton<ExportDesk>()
        .AddScoped<MessageLookup>()
        .AddScoped<WaitingReader>()
        .AddScoped<MessageActions>();

    public static IEndpointRouteBuilder MapMessageDownloads(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/messages/export/{id}", ExportAsync);
        routes.MapGet("/messages/body", BodyAsync);
        return routes;
    }

    private static async Task ExportAsync(string id, ExportDesk desk, HttpContext context)
    {
        if (desk.Take(id) is not { } order)
        {
            context.Response.StatusCode = StatusCodes.Status410Gone;
            await context.Response.WriteAsync("This file was fetched already, or too late: ask for it again on its page.\n").ConfigureAwait(false);
            return;
        }

        var response = context.Response;
        response.ContentType = MessageExport.ContentType(order.Format);
        response.Headers.ContentDisposition = new ContentDisposition { FileName = order.FileName, DispositionType = DispositionTypeNames.Attachment }.ToString();
        response.Headers.CacheControl = "no-store";
        // Who cancels the download in the browser stops it too.
        using var gone = context.RequestAborted.Register(static work => ((LongWork)work!).Cancel(), order.Work);
        await order.Work.RunAsync(
            stop => MessageExport.WriteAsync(order.Messages(order.Work), order.Format, response.BodyWriter, order.Work.AddGood, stop),
            static e => ClusterReader.IsClusterFault(e) || e is IOException ? e.Message : null).ConfigureAwait(false);
        // What ended in the middle must not look whole.
        if (order.Work.State != WorkState.Done) context.Abort();
    }

    private static async Task<IResult> BodyAsync(string id, MessageLookup lookup, HttpContext context)
    {
        try
        {
            if (await lookup.GetAsync(id, context.RequestAborted).ConfigureAwait(false) is not { } record) return Results.Text("There is no such message any more.\n", statusCode: StatusCodes.Status404NotFound);
            // Never shown as a page of this site, whatever it holds.
            return Results.Bytes(new FoundMessage(record).Body.ToArray(), MediaTypeNames.Application.Octet, $"message-{id}.bin");
        }
        catch (Exception e) when (ClusterReader.IsClusterFault(e))
        {
            return Results.Text(e.Message + "\n", statusCode: StatusCodes.Status502BadGateway);
        }
    }
}
