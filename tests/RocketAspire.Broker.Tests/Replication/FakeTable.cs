using System.Text;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>A table that holds one text.</summary>
internal sealed class FakeTable(string fileName) : IReplicatedTable
{
    private volatile string _text = "{}";

    public event Action? Changed;

    public string FileName { get; } = fileName;

    public string Text
    {
        get => _text;
        set
        {
            _text = value;
            Changed?.Invoke();
        }
    }

    public byte[] ToJson() => Encoding.UTF8.GetBytes(_text);

    public void ReplaceFromJson(ReadOnlySpan<byte> json) => Text = Encoding.UTF8.GetString(json);
}
