using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using RocketAspire.Console.Messages;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Tests;

public sealed class MessageExportTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("with \"quotes\", commas\r\nand lines", "\"with \"\"quotes\"\", commas\r\nand lines\"")]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("", "\"\"")]
    public void No_cell_is_a_formula(string value, string cell) => Assert.Equal(cell, MessageExport.Cell(value));

    [Fact]
    public void A_body_that_is_no_text_is_base64()
    {
        Assert.Equal(("utf-8", "火箭\n"), MessageExport.BodyOf(Encoding.UTF8.GetBytes("火箭\n")));
        Assert.Equal(("base64", "AAE="), MessageExport.BodyOf([0, 1]));
        Assert.Equal(("base64", "/w=="), MessageExport.BodyOf([0xFF]));
        Assert.Equal(("utf-8", ""), MessageExport.BodyOf([]));
    }

    [Fact]
    public async Task Json_is_whole_and_holds_each_message_as_it_is()
    {
        var json = await WriteAsync(ExportFormat.Json, Message("=HYPERLINK(\"http://x\")", "<k>"), Message("\0", "k"));

        using var document = JsonDocument.Parse(json);
        var first = document.RootElement[0];
        Assert.Equal("=HYPERLINK(\"http://x\")", first.GetProperty("body").GetString());
        Assert.Equal("<k>", first.GetProperty("keys")[0].GetString());
        Assert.Equal("orders", first.GetProperty("originalTopic").GetString());
        Assert.Equal("base64", document.RootElement[1].GetProperty("bodyEncoding").GetString());
        Assert.Equal(2, document.RootElement.GetArrayLength());
        Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(await WriteAsync(ExportFormat.Json)).RootElement.ValueKind);
    }

    [Fact]
    public async Task Csv_has_a_row_a_message_under_its_columns()
    {
        var csv = await WriteAsync(ExportFormat.Csv, Message("=1+1", "k"), Message("two", "k"));

        string[] lines = csv.TrimStart('\uFEFF').Split("\r\n");
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("messageId,offsetMessageId,topic,originalTopic", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(",\"utf-8\",\"'=1+1\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"%DLQ%billing\",\"orders\"", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_exported_is_written_as_it_is_read()
    {
        // Ten thousand messages of 100 KB would be a gigabyte: the reader is let on only as the writer gets rid of them.
        var pipe = new Pipe();
        var read = 0;
        async IAsyncEnumerable<MessageRecord> Many()
        {
            for (var i = 0; i < 10_000; i++)
            {
                read++;
                await Task.Yield();
                yield return Message(new string('x', 100_000), "k");
            }
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var writing = MessageExport.WriteAsync(Many(), ExportFormat.Csv, pipe.Writer, static () => { }, stop.Token);
        var first = await pipe.Reader.ReadAtLeastAsync(150_000, Ct);
        Assert.InRange(read, 1, 10);
        pipe.Reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public void A_file_is_fetched_once_and_not_too_late()
    {
        var time = new ManualClock();
        var desk = new ExportDesk(time);
        var order = new ExportOrder("a.csv", ExportFormat.Csv, static _ => AsyncEnumerable.Empty<MessageRecord>(), new LongWork());

        var address = desk.Leave(order);
        Assert.Same(order, desk.Take(address.Split('/')[^1]));
        Assert.Null(desk.Take(address.Split('/')[^1]));
        var late = desk.Leave(order);
        time.Now += TimeSpan.FromMinutes(3);
        Assert.Null(desk.Take(late.Split('/')[^1]));
    }

    [Fact]
    public async Task Work_tells_how_it_ended()
    {
        using var done = new LongWork();
        await done.RunAsync(static _ => Task.CompletedTask, static _ => null);
        using var failed = new LongWork();
        await failed.RunAsync(static _ => throw new IOException("disk"), static e => e.Message);
        using var cancelled = new LongWork();
        var running = cancelled.RunAsync(static stop => Task.Delay(Timeout.Infinite, stop), static _ => null);
        cancelled.Cancel();
        await running;

        Assert.Equal([WorkState.Done, WorkState.Failed, WorkState.Cancelled], [done.State, failed.State, cancelled.State]);
        Assert.Equal("disk", failed.Problem);
        using var unexpected = new LongWork();
        await Assert.ThrowsAsync<InvalidOperationException>(() => unexpected.RunAsync(static _ => throw new InvalidOperationException(), static _ => null));
        Assert.Equal(WorkState.Failed, unexpected.State);
    }

    [Fact]
    public void A_message_is_taken_for_sending_once_unless_it_is_asked_for_again()
    {
        var resent = new ResentMessages(TimeProvider.System);

        Assert.True(resent.TryTake("a", again: false));
        Assert.False(resent.TryTake("a", again: true));
        resent.Sent("a");
        Assert.False(resent.TryTake("a", again: false));
        Assert.True(resent.TryTake("a", again: true));
        resent.MaybeSent("a");
        Assert.Equal(ResentState.Uncertain, resent.Find("a")?.State);
        Assert.False(resent.TryTake("a", again: false));
        Assert.True(resent.TryTake("a", again: true));
        resent.Release("a");
        Assert.True(resent.TryTake("a", again: false));
    }

    [Theory]
    [InlineData(null, null, null, "24")]
    [InlineData("1", null, null, "1")]
    [InlineData("9999999", null, null, "24")]
    [InlineData("all", "nonsense", "-4", "all")]
    [InlineData("1", "1700000000000", null, "custom")]
    [InlineData(null, null, "99999999999999999999", "24")]
    public void A_span_of_time_is_read_from_an_address(string? hours, string? from, string? to, string choice)
    {
        var range = TimeRange.Parse(hours, from, to, TimeRange.Day);

        Assert.Equal(choice, range.Choice);
        Assert.True(range.At(DateTimeOffset.UtcNow).To > DateTimeOffset.UtcNow.AddSeconds(-1));
    }

    private static async Task<string> WriteAsync(ExportFormat format, params MessageRecord[] messages)
    {
        using var stream = new MemoryStream();
        var writer = PipeWriter.Create(stream, new(leaveOpen: true));
        await MessageExport.WriteAsync(messages.ToAsyncEnumerable(), format, writer, static () => { }, Ct);
        await writer.CompleteAsync();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static MessageRecord Message(string body, string key) => new()
    {
        Topic = "%DLQ%billing",
        BornHost = new IPEndPoint(IPAddress.Loopback, 4711),
        StoreHost = new IPEndPoint(IPAddress.Loopback, 10911),
        Body = Encoding.UTF8.GetBytes(body),
        Properties = MessageProperties.Encode([new(MessageProperties.Keys, key), new(MessageProperties.RetryTopic, "orders")]),
    };

    private sealed class ManualClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
