using RocketAspire.Hosting.Readiness;
using RocketAspire.TestSupport;

namespace RocketAspire.Hosting.Tests;

public sealed class NodeReadinessTests
{
    [Fact]
    public async Task A_node_that_is_started_anew_is_not_ready_because_it_was()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var readiness = new NodeReadiness("broker-a", TimeProvider.System);
        var probe = new ManualProbe();
        var running = readiness.RunAsync(probe, stop.Token);
        await probe.AskedAsync();
        probe.Answer(null);
        await readiness.Ready.WaitAsync(Eventually.Limit, stop.Token);

        readiness.Forget();
        Assert.False(readiness.Ready.IsCompleted);
        // Asked at once, not after the steady pause; and forgotten again while that answer is on its way.
        await probe.AskedAsync();
        readiness.Forget();
        probe.Answer(null);
        await probe.AskedAsync();
        Assert.False(readiness.Ready.IsCompleted);
        Assert.Equal(2, probe.Forgotten);
        probe.Answer(null);
        await readiness.Ready.WaitAsync(Eventually.Limit, stop.Token);
        await stop.CancelAsync();
        await running.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
    }

    private sealed class ManualProbe : NodeProbe
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource<string?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isAsked;

        public int Forgotten { get; private set; }

        public override void Forget() => Forgotten++;

        public Task AskedAsync() => Eventually.TrueAsync("the probe to be asked", () =>
        {
            lock (_gate) return _isAsked;
        });

        public void Answer(string? problem)
        {
            lock (_gate)
            {
                _isAsked = false;
                _answer.SetResult(problem);
                _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        protected override Task<string?> AskAsync(CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                _isAsked = true;
                return _answer.Task.WaitAsync(cancellationToken);
            }
        }
    }
}
