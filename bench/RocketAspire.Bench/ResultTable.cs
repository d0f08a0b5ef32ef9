using System.Globalization;
using System.Text;

namespace RocketAspire.Bench;

/// <summary>The result for people.</summary>
internal static class ResultTable
{
    private static readonly string[] Head = ["", "messages", "msg/s", "MiB/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms"];

    public static string Write(BenchResult result)
    {
        var culture = CultureInfo.InvariantCulture;
        var rows = new List<string[]> { Head, Row("sent", result.Sent) };
        if (result.Received is { } received) rows.Add(Row("received", received.Load));

        var text = new StringBuilder();
        text.Append(culture, $"topic {result.Topic}, {result.Size} bytes, {result.Senders} senders, {result.Mode}");
        if (result.InFlight > 1) text.Append(culture, $" with {result.InFlight} each under way");
        if (result.Rate > 0) text.Append(culture, $", at most {result.Rate} msg/s");
        if (result.Proxy is { } proxy) text.Append(culture, $", through the proxy at {proxy}");
        text.Append(culture, $", {result.Seconds:0.0} s").AppendLine(result.Interrupted ? " (interrupted)" : "");
        foreach (var row in rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                var width = rows.Max(cells => cells[column].Length);
                text.Append(column == 0 ? row[column].PadRight(width) : row[column].PadLeft(width + 2));
            }

            text.AppendLine();
        }

        text.AppendLine(culture, $"longest gap between successful sends: {result.LongestGap.Seconds:0.000} s, from {result.LongestGap.BeganAfterSeconds:0.0} s on");
        foreach (var error in result.Errors) text.AppendLine(culture, $"error {NameOf(error)}: {error.Count:N0} times, first: {error.FirstMessage.ReplaceLineEndings(" ")}");
        if (result.Errors.Count == 0) text.AppendLine("errors: none");
        if (result.Received is { } consumed)
        {
            var known = result.Mode == "oneway" ? "sent" : "acknowledged";
            text.AppendLine(culture, $"{known} but not received: {consumed.Missing:N0}; received more than once: {consumed.Duplicates:N0}; failed pulls: {consumed.FailedPulls:N0}");
        }

        return text.ToString();
    }

    private static string NameOf(ErrorCount error) => error.Code is { } code ? string.Create(CultureInfo.InvariantCulture, $"{code} {error.Name}").TrimEnd() : error.Name;

    private static string[] Row(string name, LoadResult load)
    {
        var culture = CultureInfo.InvariantCulture;
        string Ms(double? value) => value is { } ms ? ms.ToString(ms < 10 ? "0.000" : "0.0", culture) : "-";
        return
        [
            name, load.Messages.ToString("N0", culture), load.MessagesPerSecond.ToString("N0", culture), load.MebibytesPerSecond.ToString("0.0", culture),
            Ms(load.LatencyMs?.P50), Ms(load.LatencyMs?.P99), Ms(load.LatencyMs?.P999), Ms(load.LatencyMs?.Max),
        ];
    }
}
