using System.Text;
using RocketAspire.Broker.Ha;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Tests.Replication;

public sealed class ReplicationWireTests
{
    [Fact]
    public void The_HA_bytes_are_those_of_Apache()
    {
        var report = new byte[HaWire.ReportSize];
        HaWire.WriteReport(report, 0x0102030405060708);
        Assert.Equal("0102030405060708", Convert.ToHexString(report));
        Assert.Equal(0x0102030405060708, HaWire.ReadReport(report));

        var header = new byte[HaWire.TransferHeaderSize];
        HaWire.WriteTransferHeader(header, 0x40000000, 32 * 1024);
        Assert.Equal("000000004000000000008000", Convert.ToHexString(header));
        Assert.Equal((0x40000000L, 32 * 1024), HaWire.ReadTransferHeader(header));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 1023, 0)]
    [InlineData(0, 1024, 1024)]
    [InlineData(0, 2500, 2048)]
    [InlineData(2048, 2048, 2048)]
    public void An_empty_plain_slave_begins_at_the_last_files_start(long min, long max, long start) =>
        Assert.Equal(start, HaWire.StartForEmptyPlainSlave(min, max, 1024));

    [Fact]
    public void A_handshake_arrives_as_it_was_sent()
    {
        var sent = new HandshakeRequest("c", "broker-a", 3, new([new(1, 0), new(7, 4096)], 0, 5000, 4500), 1 << 30, new Dictionary<long, LogChecksum> { [5000] = new(0, uint.MaxValue), [4096] = new(4095, 0) });
        var got = HandshakeRequest.Parse(sent.ToCommand());
        Assert.Equal(sent.Log.Epochs, got.Log.Epochs);
        Assert.Equal(sent.Checksums, got.Checksums);
        Assert.Equal(sent with { Log = got.Log, Checksums = got.Checksums }, got);
        Assert.Equal((sent.Log.MinOffset, sent.Log.MaxOffset, sent.Log.ConfirmedOffset), (got.Log.MinOffset, got.Log.MaxOffset, got.Log.ConfirmedOffset));
    }

    [Theory]
    [InlineData("maxOffset", "x")]
    [InlineData("maxOffset", "-1")]
    [InlineData("checksums", "1:")]
    [InlineData("checksums", "1")]
    [InlineData("checksums", "1:2:3")]
    [InlineData("checksums", "999999999:0:3")]
    [InlineData("brokerId", "99999999999999999999")]
    public void A_wrong_handshake_field_is_told_by_name_or_kind(string field, string value)
    {
        var command = new HandshakeRequest("c", "b", 1, LogSummary.Empty, 1024, new Dictionary<long, LogChecksum>()).ToCommand();
        command.ExtFields[field] = value;
        Assert.Throws<FormatException>(() => HandshakeRequest.Parse(command));
    }

    [Fact]
    public void Epochs_out_of_order_are_refused()
    {
        var command = new HandshakeRequest("c", "b", 1, LogSummary.Empty, 1024, new Dictionary<long, LogChecksum>()).ToCommand();
        command.Body = Encoding.ASCII.GetBytes("2:0,1:100");
        Assert.Throws<FormatException>(() => HandshakeRequest.Parse(command));
        command.Body = Encoding.ASCII.GetBytes("2:0,3:0");
        Assert.Throws<FormatException>(() => HandshakeRequest.Parse(command));
    }

    [Fact]
    public void Every_action_arrives_as_it_was_sent()
    {
        ReplicationAction[] actions =
        [
            new ReplicationAction.StreamFrom(5), new ReplicationAction.TruncateSlave(6), new ReplicationAction.ResetSlave(7),
            new ReplicationAction.CopyBackToMaster(8, 9, true), new ReplicationAction.CopyBackToMaster(8, 9, false),
            new ReplicationAction.AskChecksum(10), new ReplicationAction.Wait("why"), new ReplicationAction.Refuse("no"),
        ];
        foreach (var action in actions)
        {
            var sent = new HandshakeAnswer(action, Ticket: -5, HaPort: 10912, WantsTables: true, Floor: 77);
            Assert.Equal(sent, HandshakeAnswer.Parse(sent.ToCommand(RemotingCommand.CreateRequest(RequestCode.ReplicationHandshake))));
        }
    }

    [Fact]
    public void A_table_bundle_cut_anywhere_is_refused_or_shorter()
    {
        var bundle = TableBundle.Encode([new("a", 1, "one"u8.ToArray()), new("b", 2, ReadOnlyMemory<byte>.Empty)]);
        var whole = TableBundle.Decode(bundle);
        Assert.Equal([("a", 1L, "one"), ("b", 2L, "")], whole.Select(copy => (copy.Name, copy.Version, Encoding.UTF8.GetString(copy.Content.Span))));
        var boundary = 8 + 4 + 1 + 4 + 3;
        for (var length = 1; length < bundle.Length; length++)
        {
            if (length != boundary)
            {
                Assert.Throws<FormatException>(() => TableBundle.Decode(bundle.AsMemory(0, length)));
            }
        }
    }

    [Fact]
    public void A_table_bundle_with_wrong_lengths_allocates_nothing()
    {
        var bundle = TableBundle.Encode([new("a", 1, "one"u8.ToArray())]);
        bundle[8] = 0x7F;
        Assert.Throws<FormatException>(() => TableBundle.Decode(bundle));
        bundle[8] = 0xFF;
        Assert.Throws<FormatException>(() => TableBundle.Decode(bundle));
    }

    [Fact]
    public void The_state_file_is_read_as_written_and_nonsense_means_that_all_is_confirmed()
    {
        var state = new ReplicationState { SessionOpen = false, ConfirmedOffset = 77, AwaitingSlave = true, LastTerm = 4, KnownSlaves = [1, 2] };
        var read = ReplicationState.Decode(state.Encode());
        Assert.Equal(state with { KnownSlaves = read.KnownSlaves }, read);
        Assert.Equal(state.KnownSlaves, read.KnownSlaves);
        Assert.True(ReplicationState.Decode("{"u8.ToArray()).SessionOpen);
        Assert.True(ReplicationState.Decode("""{"sessionOpen":1}"""u8.ToArray()).SessionOpen);
    }
}
