namespace RocketAspire.Broker.Raft;

/// <summary>Gathers what is to be done, and knows how a message is addressed.</summary>
internal sealed class Outbox(string selfId, DurableState state)
{
    private RaftOutput? _output;

    public RaftOutput Output => _output ??= new RaftOutput();

    public bool EmptiesLog => _output?.TruncateTo == 0;

    public bool LostLeadership => _output?.LostLeadership == true;

    public RaftHeader To(Peer peer) => new(selfId, peer.Id, state.Incarnation, peer.Incarnation, state.Term);

    /// <summary>For the answer to a message: to the life that sent it.</summary>
    public RaftHeader Answer(in RaftHeader header) => new(selfId, header.From, state.Incarnation, header.Incarnation, state.Term);

    public void Send(RaftMessage message) => Output.Outgoing.Add(message);

    public RaftOutput Take()
    {
        if (_output?.Violation is { } violation)
        {
            _output = null;
            return new RaftOutput { Violation = violation };
        }

        var output = _output;
        _output = null;
        return output ?? RaftOutput.Nothing;
    }
}
