namespace RocketAspire.Protocol.Bodies;

/// <summary>How long a group's failed messages wait for their next try. 5.x: brokers keep it; the proxy tells it to its clients and goes by it. Messages sent back (36) wait by delay level instead.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/subscription/GroupRetryPolicy.java</remarks>
public sealed record GroupRetryPolicy
{
    private const string CustomizedType = "CUSTOMIZED";
    private const string ExponentialType = "EXPONENTIAL";

    public static readonly GroupRetryPolicy Default = new();

    private static readonly CustomizedRetryPolicy DefaultWaits = new();

    /// <summary>Whether <see cref="Exponential"/> counts, not <see cref="Customized"/>.</summary>
    public bool IsExponential { get; init; }

    /// <summary>Null: not set; the customized policy's defaults count.</summary>
    public ExponentialRetryPolicy? Exponential { get; init; }

    /// <summary>Null: not set; its defaults count.</summary>
    public CustomizedRetryPolicy? Customized { get; init; }

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        if (Customized is { } customized)
        {
            json.Key("customizedRetryPolicy");
            json.StartObject();
            json.Key("next");
            json.StartArray();
            foreach (var wait in customized.NextMs) json.Value(wait);
            json.EndArray();
            json.EndObject();
        }

        if (Exponential is { } exponential)
        {
            json.Key("exponentialRetryPolicy");
            json.StartObject();
            json.Property("initial", exponential.InitialMs);
            json.Property("max", exponential.MaxMs);
            json.Property("multiplier", exponential.Multiplier);
            json.EndObject();
        }

        json.Property("type", IsExponential ? ExponentialType : CustomizedType);
        json.EndObject();
    }

    public static GroupRetryPolicy Read(FastJsonElement json)
    {
        if (json.Kind != FastJsonKind.Object) return Default;
        var exponential = json["exponentialRetryPolicy"];
        var customized = json["customizedRetryPolicy"];
        var defaults = new ExponentialRetryPolicy();
        return new GroupRetryPolicy
        {
            IsExponential = json["type"].AsString() == ExponentialType,
            Exponential = exponential.IsAbsent ? null : new()
            {
                InitialMs = exponential["initial"].AsInt64(defaults.InitialMs),
                MaxMs = exponential["max"].AsInt64(defaults.MaxMs),
                Multiplier = exponential["multiplier"].AsInt64(defaults.Multiplier),
            },
            Customized = customized.IsAbsent ? null : ReadWaits(customized["next"]),
        };
    }

    private static CustomizedRetryPolicy ReadWaits(FastJsonElement next)
    {
        var waits = new List<long>();
        foreach (var item in next.Items) waits.Add(item.AsInt64());
        return waits.Count == 0 ? DefaultWaits : new() { NextMs = waits };
    }
}

/// <summary>Waits that grow by a factor.</summary>
public sealed record ExponentialRetryPolicy
{
    public long InitialMs { get; init; } = 5_000;

    public long MaxMs { get; init; } = 7_200_000;

    public long Multiplier { get; init; } = 2;
}

/// <summary>Waits by the number of the try, as the delay levels have them: the first two are never used.</summary>
public sealed record CustomizedRetryPolicy
{
    /// <summary>Milliseconds; at least one.</summary>
    public IReadOnlyList<long> NextMs { get; init; } =
    [
        1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 180_000, 240_000, 300_000, 360_000, 420_000, 480_000, 540_000, 600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000,
    ];
}
