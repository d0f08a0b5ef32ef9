using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Remoting;

/// <summary>Open connections of one side with their running tasks; one timer closes the idle ones.</summary>
internal sealed class ConnectionSet : IDisposable
{
    private readonly ConcurrentDictionary<RemotingConnection, Task> _connections = new();
    private readonly RemotingOptions _options;
    private readonly ITimer _timer;

    public ConnectionSet(RemotingOptions options)
    {
        _options = options;
        var period = TimeSpan.FromMilliseconds(Math.Clamp(options.IdleTimeout.TotalMilliseconds / 4, 10, 30_000));
        _timer = options.Time.CreateTimer(static state => ((ConnectionSet)state!).CloseIdle(), this, period, period);
    }

    public ICollection<RemotingConnection> Connections => _connections.Keys;

    public int Count => _connections.Count;

    public void Run(RemotingConnection connection)
    {
        // The entry comes first: a connection that ends at once must find it to remove.
        _connections[connection] = Task.CompletedTask;
        connection.Closed += closed => _connections.TryRemove(closed, out _);
        var running = connection.RunAsync();
        _connections.TryUpdate(connection, running, Task.CompletedTask);
    }

    /// <summary>Waits for requests in work, lets answers out and ends every connection; after the grace without more ado.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        var limit = Environment.TickCount64 + (long)grace.TotalMilliseconds;
        while (Environment.TickCount64 < limit && _connections.Keys.Any(static connection => connection.Busy > 0))
            await Task.Delay(5).ConfigureAwait(false);

        var running = _connections.ToArray();
        await Task.WhenAll(running.Select(entry => EndAsync(entry.Key, entry.Value, TimeSpan.FromSeconds(1)))).ConfigureAwait(false);
    }

    public void Dispose() => _timer.Dispose();

    private static async Task EndAsync(RemotingConnection connection, Task running, TimeSpan grace)
    {
        await connection.FinishAsync(grace).ConfigureAwait(false);
        try
        {
            await running.WaitAsync(grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            connection.Close();
        }
    }

    private void CloseIdle()
    {
        foreach (var connection in _connections.Keys)
        {
            if (connection.IdleFor >= _options.IdleTimeout) connection.Close($"idle for {_options.IdleTimeout.TotalSeconds:0} s", null);
        }
    }
}
