namespace RocketAspire.Samples;

/// <summary>The section <c>Orders</c>; each service takes what concerns it.</summary>
internal sealed record OrderSettings
{
    /// <summary>The folder in which a service keeps its orders; null: in memory.</summary>
    public string? Store { get; init; }

    /// <summary>Orders a second that the API gives itself; 0: none.</summary>
    public double PerSecond { get; init; }

    /// <summary>Of a hundred orders, those at which the worker fails, each time that it tries.</summary>
    public int FailurePercent { get; init; } = 5;

    /// <summary>How long notices are delayed, by the broker's table: 1 is 1 s, 2 is 5 s, 3 is 10 s.</summary>
    public int NoticeDelayLevel { get; init; } = 2;

    /// <exception cref="InvalidOperationException">A value is out of range.</exception>
    public static OrderSettings Read(IConfiguration configuration)
    {
        var settings = configuration.GetSection("Orders").Get<OrderSettings>() ?? new OrderSettings();
        return settings switch
        {
            { PerSecond: < 0 or > 1000 } => throw new InvalidOperationException($"Orders:PerSecond: {settings.PerSecond} is not allowed; allowed: 0 to 1000"),
            { FailurePercent: < 0 or > 99 } => throw new InvalidOperationException($"Orders:FailurePercent: {settings.FailurePercent} is not allowed; allowed: 0 to 99"),
            { NoticeDelayLevel: < 1 or > 18 } => throw new InvalidOperationException($"Orders:NoticeDelayLevel: {settings.NoticeDelayLevel} is not allowed; allowed: 1 to 18"),
            _ => settings,
        };
    }
}
