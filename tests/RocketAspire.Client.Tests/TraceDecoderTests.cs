using System.Net;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client.Tests;

/// <summary>Trace lines in the forms that Apache's clients of 4.9 and 5.3, and older ones, write.</summary>
public sealed class TraceDecoderTests
{
    private const string Id = "7F0000010A2C63D7E9A31B2C3D4E0001";

    [Fact]
    public void A_send_is_read_in_its_forms_of_thirteen_fourteen_and_fifteen_fields()
    {
        var common = $"Pub|1700000000000|DefaultRegion|shop|orders|{Id}|paid|k1 k2|10.0.0.1:10911|12|7|1";

        var oldest = Assert.Single(Read(common + "|true;"));
        var usual = Assert.Single(Read(common + "|0A000001000027D80000000000000001|false;"));
        var cloud = Assert.Single(Read(common + "|0A000001000027D80000000000000001|true|10.0.0.9;"));

        Assert.Equal((TraceKind.Pub, Id, 1700000000000L, "shop", "orders", "paid", "k1 k2"), (oldest.Kind, oldest.MessageId, oldest.Time, oldest.Group, oldest.Topic, oldest.Tag, oldest.Keys));
        Assert.Equal(("10.0.0.1:10911", 12, TimeSpan.FromMilliseconds(7), TraceMessageType.TransactionHalf, true, null, null), (oldest.StoreHost, oldest.BodyLength, oldest.Took, oldest.MessageType, oldest.IsSuccess, oldest.OffsetMessageId, oldest.ClientHost));
        Assert.Equal(("0A000001000027D80000000000000001", false), (usual.OffsetMessageId, usual.IsSuccess));
        Assert.Equal(("0A000001000027D80000000000000001", true, "10.0.0.9"), (cloud.OffsetMessageId, cloud.IsSuccess, cloud.ClientHost));
    }

    [Fact]
    public void What_Java_writes_as_null_is_not_there()
    {
        var send = Assert.Single(Read($"Pub|1700000000000|null|shop|orders|{Id}|null|null|10.0.0.1:10911|12|7|0|null|true;"));

        Assert.Equal((null, null, null, null), (send.Region, send.Tag, send.Keys, send.OffsetMessageId));
    }

    [Fact]
    public void A_consumption_is_read_with_and_without_time_group_and_keys()
    {
        var lines = Read($"SubBefore|1700000000100|DefaultRegion|billing|REQ1|{Id}|2|k1;SubBefore|1700000000100|null|billing|REQ2|{Id}|0;SubAfter|REQ1|{Id}|31|false|k1|4|1700000000131|billing;SubAfter|REQ2|{Id}|5|true|k1|0|;SubAfter|REQ3|{Id}|5|true|k1;");

        Assert.Equal([TraceKind.SubBefore, TraceKind.SubBefore, TraceKind.SubAfter, TraceKind.SubAfter, TraceKind.SubAfter], lines.Select(static line => line.Kind));
        Assert.Equal(("REQ1", 2, "k1", "billing"), (lines[0].RequestId, lines[0].Retries, lines[0].Keys, lines[0].Group));
        Assert.Null(lines[1].Keys);
        Assert.Equal((TraceOutcome.Failed, 1700000000131L, "billing", TimeSpan.FromMilliseconds(31)), (lines[2].Outcome, lines[2].Time, lines[2].Group, lines[2].Took));
        Assert.Equal((TraceOutcome.Success, null, null), (lines[3].Outcome, lines[3].Time, lines[3].Group));
        Assert.Equal(TraceOutcome.Success, lines[4].Outcome);
    }

    [Theory]
    [InlineData("COMMIT_MESSAGE", TransactionState.Commit)]
    [InlineData("ROLLBACK_MESSAGE", TransactionState.Rollback)]
    [InlineData("UNKNOW", TransactionState.Unknown)]
    [InlineData("SOMETHING_NEW", null)]
    public void The_end_of_a_transaction_is_read(string written, TransactionState? state)
    {
        var end = Assert.Single(Read($"EndTransaction|1700000000200|null|shop|orders|{Id}|paid|k1|10.0.0.1:10911|2|TX1|{written}|true;"));

        Assert.Equal((TraceKind.EndTransaction, state, true, "TX1", "orders"), (end.Kind, end.State, end.FromCheck, end.TransactionId, end.Topic));
    }

    [Fact]
    public void A_message_that_was_taken_back_is_read()
    {
        var recall = Assert.Single(Read($"Recall|1700000000200|null|shop|orders|{Id}|true;"));

        Assert.Equal((TraceKind.Recall, "shop", true), (recall.Kind, recall.Group, recall.IsSuccess));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";;|;")]
    [InlineData("Quux|1|2|3;")]
    [InlineData("Pub|1700000000000|r|g|t|" + Id + ";")]
    [InlineData("Pub|yesterday|r|g|t|" + Id + "|||h|1|1|0|o|true;")]
    [InlineData("Pub|-5|r|g|t|" + Id + "|||h|1|1|0|o|true;")]
    [InlineData("SubBefore|99999999999999999999|r|g|q|" + Id + "|0|;")]
    [InlineData("SubBefore|1700000000000|r|g|q||0|;")]
    [InlineData("SubAfter|q|" + Id + "|long|true|;")]
    [InlineData("EndTransaction|1|r|g|t;")]
    [InlineData("Recall|x|r|g|t|" + Id + "|true;")]
    public void Lines_that_are_unknown_or_broken_are_left_out_and_the_rest_is_read(string broken)
    {
        var lines = Read($"{broken}SubBefore|1700000000100|null|billing|REQ1|{Id}|0|null;");

        Assert.Equal("billing", Assert.Single(lines).Group);
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_without_an_error()
    {
        var random = new Random(20261124);
        var whole = Encoding.UTF8.GetBytes(Wire($"Pub|1700000000000|r|shop|orders|{Id}|t|k|10.0.0.1:10911|12|7|0|o|true;SubAfter|REQ1|{Id}|31|false|k1|4|1700000000131|billing;"));
        for (var i = 0; i < 2000; i++)
        {
            var bytes = (byte[])whole.Clone();
            for (var change = 0; change < 3; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            _ = MessageTrace.Build(TraceDecoder.Decode(bytes.AsSpan(0, random.Next(bytes.Length))));
        }
    }

    [Fact]
    public void Lines_are_put_together_by_message_and_request_and_doubles_count_once()
    {
        var send = $"Pub|1700000000000|r|shop|orders|{Id}|t|k|10.0.0.1:10911|12|7|0|o|true;";
        var lines = Read($"{send}{send}SubAfter|REQ1|{Id}|30|false|k|2|1700000000130|billing;SubBefore|1700000000100|r|billing|REQ1|{Id}|0|k;SubBefore|1700000010100|r|billing|REQ2|{Id}|1|k;SubAfter|REQ9|{Id}|10|true|k|0|1700000000060|audit;");
        var other = Read($"Pub|1700000009000|r|shop|orders|OTHER|t|k|10.0.0.1:10911|12|7|0|o|true;");

        var traces = MessageTrace.Build([.. lines, .. other]);

        Assert.Equal(["OTHER", Id], traces.Select(static trace => trace.MessageId));
        var trace = traces[1];
        Assert.Equal(("orders", "t"), (trace.Topic, trace.Tag));
        Assert.Single(trace.Sends);
        Assert.Equal(
            [
                new TraceDelivery("audit", null, 1700000000050, TimeSpan.FromMilliseconds(10), 0, TraceOutcome.Success),
                new TraceDelivery("billing", null, 1700000000100, TimeSpan.FromMilliseconds(30), 0, TraceOutcome.Exception),
                new TraceDelivery("billing", null, 1700000010100, null, 1, TraceOutcome.Unknown),
            ], trace.Deliveries);
    }

    [Fact]
    public void Who_sent_the_trace_is_who_tells_unless_the_line_says_otherwise()
    {
        var record = new MessageRecord
        {
            Topic = TopicNames.TraceTopic,
            BornHost = new IPEndPoint(IPAddress.Parse("10.1.2.3"), 4711),
            StoreHost = new IPEndPoint(IPAddress.Loopback, 10911),
            Body = Encoding.UTF8.GetBytes(Wire($"SubBefore|1700000000100|r|billing|REQ1|{Id}|0|k;")),
            Properties = Array.Empty<byte>(),
        };

        Assert.Equal("10.1.2.3:4711", Assert.Single(TraceDecoder.Decode(record)).ClientHost);
    }

    private static IReadOnlyList<TraceEvent> Read(string readable) => TraceDecoder.Decode(Encoding.UTF8.GetBytes(Wire(readable)));

    private static string Wire(string readable) => readable.Replace('|', '\u0001').Replace(';', '\u0002');
}
