using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace RocketAspire.NameServer;

/// <summary>Switches that UPDATE_NAMESRV_CONFIG (318) may change while the name server runs; names as in Apache's NamesrvConfig.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/namesrv/NamesrvConfig.java</remarks>
public sealed record NameServerSettings
{
    private static readonly Switch[] Switches =
    [
        new("deleteTopicWithBrokerRegistration", static s => s.DeleteTopicWithBrokerRegistration, static (s, v) => s with { DeleteTopicWithBrokerRegistration = v }),
        new("enableAllTopicList", static s => s.EnableAllTopicList, static (s, v) => s with { EnableAllTopicList = v }),
        new("enableTopicList", static s => s.EnableTopicList, static (s, v) => s with { EnableTopicList = v }),
        new("notifyMinBrokerIdChanged", static s => s.NotifyMinBrokerIdChanged, static (s, v) => s with { NotifyMinBrokerIdChanged = v }),
        new("orderMessageEnable", static s => s.OrderMessageEnable, static (s, v) => s with { OrderMessageEnable = v }),
        new("returnOrderTopicConfigToBroker", static s => s.ReturnOrderTopicConfigToBroker, static (s, v) => s with { ReturnOrderTopicConfigToBroker = v }),
        new("supportActingMaster", static s => s.SupportActingMaster, static (s, v) => s with { SupportActingMaster = v }),
    ];

    /// <summary>A registration removes the topics that it doesn't name.</summary>
    public bool DeleteTopicWithBrokerRegistration { get; init; }

    public bool EnableAllTopicList { get; init; } = true;

    public bool EnableTopicList { get; init; } = true;

    /// <summary>Tell the rest of a group when its smallest node id changes (5.x brokers that may act as master).</summary>
    public bool NotifyMinBrokerIdChanged { get; init; }

    /// <summary>Routes carry the configured queue numbers of ordered topics.</summary>
    public bool OrderMessageEnable { get; init; }

    public bool ReturnOrderTopicConfigToBroker { get; init; } = true;

    /// <summary>Routes show the smallest living slave of a group as its master, where the group allows it.</summary>
    public bool SupportActingMaster { get; init; }

    /// <summary>The settings with one changed; false with the reason for an unknown key or a value that is neither true nor false.</summary>
    public bool TryWith(string key, string value, [NotNullWhen(true)] out NameServerSettings? changed, [NotNullWhen(false)] out string? problem)
    {
        changed = null;
        problem = null;
        foreach (var entry in Switches)
        {
            if (entry.Name != key) continue;
            if (bool.TryParse(value, out var on)) changed = entry.With(this, on);
            else problem = $"{key} = {value}: neither true nor false";
            return changed is not null;
        }

        problem = $"{key}: no setting of this name server";
        return false;
    }

    /// <summary>Names and values, sorted by name.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Pairs => Switches.Select(entry => KeyValuePair.Create(entry.Name, entry.Get(this) ? "true" : "false"));

    /// <summary>As properties lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Pairs) text.Append(name).Append('=').Append(value).Append('\n');
        return text.ToString();
    }

    private sealed record Switch(string Name, Func<NameServerSettings, bool> Get, Func<NameServerSettings, bool, NameServerSettings> With);
}
