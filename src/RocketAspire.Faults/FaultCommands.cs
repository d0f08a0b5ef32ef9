using System.Buffers;
using System.Text;
using System.Text.Json;

namespace RocketAspire.Faults;

/// <summary>Understands fault control's language: an object a line, each of its members a command; the answer is one line as well.</summary>
/// <remarks>
/// <code>
/// {"isolate":{"peer":"n1","direction":"in|out|both"}}          peer "*": all; direction: both unless said
/// {"refuse":{"peer":"n1"}}
/// {"delay":{"peer":"n1","ms":50}}                              going out; 0 ends it
/// {"drop":{"peer":"n1","percent":5,"seed":7}}                  pieces going out: frames, transfers; 0 ends it
/// {"duplicate":{"peer":"n1","percent":5,"seed":7}}
/// {"heal":true}  or  {"heal":{"peer":"n1"}}                    the network only
/// {"disk":{"slowMs":200,"full":true,"failFlush":true}}         what isn't named stays as it is
/// {"clock":{"offsetMs":-60000}}
/// {"status":true}
/// answer: {"ok":true,"pid":1,"peers":{...},"disk":{...},"clock":{...}}  or  {"ok":false,"error":"why"}
/// </code>
/// </remarks>
public sealed class FaultCommands(FaultSeams seams)
{
    private const int MaxDelayMs = 10 * 60 * 1000;
    private const long MaxClockOffsetMs = 10L * 366 * 24 * 60 * 60 * 1000;

    /// <summary>Does what the line says; a line that is wrong in any member changes nothing.</summary>
    public string Execute(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new FormatException("a command is an object");
            var actions = document.RootElement.EnumerateObject().Select(Parse).ToList();
            if (actions.Count == 0) throw new FormatException("the object is empty");
            foreach (var action in actions) action();
            return Status();
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return Write(json =>
            {
                json.WriteBoolean("ok", false);
                json.WriteString("error", e.Message.ReplaceLineEndings(" "));
            });
        }
    }

    private Action Parse(JsonProperty command) => command.Name switch
    {
        "isolate" => Isolate(new Fields(command, "peer", "direction")),
        "refuse" => Change(new Fields(command, "peer"), static faults => faults with { IsRefused = true }),
        "delay" => Delay(new Fields(command, "peer", "ms")),
        "drop" => Percent(new Fields(command, "peer", "percent", "seed"), static (faults, percent) => faults with { DropPercent = percent }),
        "duplicate" => Percent(new Fields(command, "peer", "percent", "seed"), static (faults, percent) => faults with { DuplicatePercent = percent }),
        "heal" => Heal(command),
        "disk" => Disk(new Fields(command, "slowMs", "full", "failFlush")),
        "clock" => Clock(new Fields(command, "offsetMs")),
        "status" => DoNothing,
        _ => throw new FormatException($"there is no command '{command.Name}'; there are isolate, refuse, delay, drop, duplicate, heal, disk, clock, status"),
    };

    private Action Isolate(Fields fields)
    {
        var direction = fields.Text("direction") switch
        {
            null or "both" => FaultDirection.Both,
            "in" => FaultDirection.In,
            "out" => FaultDirection.Out,
            var other => throw new FormatException($"isolate: direction '{other}' is none of in, out, both"),
        };
        return Change(fields, faults => faults with { Isolated = direction });
    }

    private Action Delay(Fields fields)
    {
        var delayMs = (int)fields.Number("ms", 0, MaxDelayMs);
        return Change(fields, faults => faults with { DelayMs = delayMs });
    }

    private Action Percent(Fields fields, Func<PeerFaults, double, PeerFaults> with)
    {
        var percent = fields.Number("percent", 0, 100);
        var seed = fields.Has("seed") ? (int?)fields.Number("seed", int.MinValue, int.MaxValue) : null;
        var change = Change(fields, faults => with(faults, percent));
        return () =>
        {
            if (seed is { } given) seams.Network.Seed(given);
            change();
        };
    }

    private Action Change(Fields fields, Func<PeerFaults, PeerFaults> change)
    {
        var peer = fields.Text("peer") is { Length: > 0 } name ? name : throw new FormatException($"{fields.Command}: peer is missing");
        return () => seams.Network.Change(peer, change);
    }

    private Action Heal(JsonProperty command)
    {
        if (command.Value.ValueKind != JsonValueKind.Object) return () => seams.Network.Heal();
        var peer = new Fields(command, "peer").Text("peer");
        return () => seams.Network.Heal(peer);
    }

    private Action Disk(Fields fields)
    {
        var slowMs = fields.Has("slowMs") ? (int?)fields.Number("slowMs", 0, MaxDelayMs) : null;
        var full = fields.Flag("full");
        var failFlush = fields.Flag("failFlush");
        return () =>
        {
            seams.Disk.SlowMs = slowMs ?? seams.Disk.SlowMs;
            seams.Disk.IsFull = full ?? seams.Disk.IsFull;
            seams.Disk.FailsFlush = failFlush ?? seams.Disk.FailsFlush;
        };
    }

    private Action Clock(Fields fields)
    {
        var offsetMs = fields.Number("offsetMs", -MaxClockOffsetMs, MaxClockOffsetMs);
        return () => seams.ClockOffset = TimeSpan.FromMilliseconds(offsetMs);
    }

    private static void DoNothing()
    {
    }

    private string Status() => Write(json =>
    {
        json.WriteBoolean("ok", true);
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteStartObject("peers");
        foreach (var (peer, faults) in seams.Network.Rules.OrderBy(static rule => rule.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(peer);
            json.WriteString("isolated", faults.Isolated switch { FaultDirection.Both => "both", FaultDirection.In => "in", FaultDirection.Out => "out", _ => "none" });
            json.WriteBoolean("refused", faults.IsRefused);
            json.WriteNumber("delayMs", faults.DelayMs);
            json.WriteNumber("dropPercent", faults.DropPercent);
            json.WriteNumber("duplicatePercent", faults.DuplicatePercent);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("disk");
        json.WriteNumber("slowMs", seams.Disk.SlowMs);
        json.WriteBoolean("full", seams.Disk.IsFull);
        json.WriteBoolean("failFlush", seams.Disk.FailsFlush);
        json.WriteEndObject();
        json.WriteStartObject("clock");
        json.WriteNumber("offsetMs", (long)seams.ClockOffset.TotalMilliseconds);
        json.WriteEndObject();
    });

    private static string Write(Action<Utf8JsonWriter> fill)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fill(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>One command's fields, of which none may be unknown: a misspelt one must not pass for done.</summary>
    private sealed class Fields
    {
        private readonly JsonElement _value;

        public Fields(JsonProperty command, params ReadOnlySpan<string> allowed)
        {
            Command = command.Name;
            _value = command.Value;
            if (_value.ValueKind != JsonValueKind.Object) throw new FormatException($"{Command}: its value must be an object");
            foreach (var field in _value.EnumerateObject())
            {
                if (!allowed.Contains(field.Name)) throw new FormatException($"{Command}: there is no field '{field.Name}'; there are {string.Join(", ", allowed!)}");
            }
        }

        public string Command { get; }

        public bool Has(string name) => _value.TryGetProperty(name, out _);

        public string? Text(string name) => !_value.TryGetProperty(name, out var field) ? null
            : field.ValueKind == JsonValueKind.String ? field.GetString()
            : throw new FormatException($"{Command}: {name} must be a text");

        public bool? Flag(string name) => !_value.TryGetProperty(name, out var field) ? null
            : field.ValueKind is JsonValueKind.True or JsonValueKind.False ? field.GetBoolean()
            : throw new FormatException($"{Command}: {name} must be true or false");

        public double Number(string name, double min, double max) =>
            _value.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Number && field.GetDouble() is var number && number >= min && number <= max
                ? number
                : throw new FormatException($"{Command}: {name} must be a number from {min:0} to {max:0}");
    }
}
