using RocketAspire.Broker.Raft;
using RocketAspire.Store.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

public sealed class RaftStateFileTests
{
    private const string Folder = "/store";

    private static readonly RaftState Full = new(
        7, "n2", "00ff", MemberState.Voter, new GroupRecord(1, new Dictionary<string, string> { ["n0"] = "00ff", ["n1"] = "a b\"c" }), 123_456_789_012, true);

    [Fact]
    public void A_state_is_read_as_it_was_written()
    {
        var file = new RaftStateFile(Folder, NewDevice());
        Assert.Null(file.Read(out var problem));
        Assert.Null(problem);
        foreach (var state in (RaftState[])[Full, RaftState.NewNode(new Random(1))])
        {
            file.Write(state);
            AssertSame(state, file.Read(out problem));
            Assert.Null(problem);
        }
    }

    [Fact]
    public void A_damaged_file_is_told_as_such_whichever_bit_it_is()
    {
        var bytes = RaftStateFile.Encode(Full);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var e = Record.Exception(() => RaftStateFile.Decode(damaged));
            // Upper and lower case of the checksum's letters are the same number.
            if (e is null) AssertSame(Full, RaftStateFile.Decode(damaged));
            else Assert.IsType<FormatException>(e);
        }

        for (var length = 0; length < bytes.Length; length++) Assert.Throws<FormatException>(() => RaftStateFile.Decode(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Power_that_goes_at_any_operation_leaves_the_old_state_or_the_new_one()
    {
        var next = Full with { Term = 8, VotedFor = "n0" };
        for (var seed = 0; seed < 20; seed++)
        {
            for (var after = 1; after < 12; after++)
            {
                var device = NewDevice(seed);
                var file = new RaftStateFile(Folder, device);
                file.Write(Full);
                device.PowerOffAt = device.Operations + after;
                var done = true;
                try
                {
                    file.Write(next);
                }
                catch (IOException)
                {
                    done = false;
                }

                device.PowerOff();
                var found = new RaftStateFile(Folder, device.PowerCycle()).Read(out var problem);
                Assert.Null(problem);
                Assert.NotNull(found);
                Assert.True(found.Term == 8 || (!done && found.Term == 7), $"seed {seed}, operation {after}: term {found.Term}, written: {done}");
            }
        }
    }

    private static PowerLossDevice NewDevice(int seed = 0)
    {
        var device = new PowerLossDevice(seed);
        device.CreateDirectory(Folder);
        device.FlushDirectory("/");
        return device;
    }

    private static void AssertSame(RaftState expected, RaftState? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected with { Group = null }, actual with { Group = null });
        Assert.Equal(expected.Group?.Number, actual.Group?.Number);
        Assert.Equal(expected.Group?.Incarnations, actual.Group?.Incarnations);
    }
}
