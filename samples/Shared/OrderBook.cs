using System.Globalization;

namespace RocketAspire.Samples;

/// <summary>
/// The orders that a service is done with: a file to which each is appended and flushed, and in memory only what can't be said by a
/// customer's highest number.
/// </summary>
internal sealed class OrderBook : IDisposable
{
    /// <summary>Ids kept in memory; older ones are looked for in the file.</summary>
    private const int RecentIds = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, NumberSet> _customers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _recent = new(StringComparer.Ordinal);
    private readonly Queue<string> _recentOrder = new();
    private readonly FileStream? _file;
    private long _count;

    /// <param name="folder">Where the file is, or is made; null: in memory only.</param>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public OrderBook(string? folder)
    {
        if (folder is null) return;
        Directory.CreateDirectory(folder);
        _file = new FileStream(Path.Combine(folder, "orders.txt"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        Load(_file);
    }

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Orders that came after a gap which isn't filled yet: on their way, or lost.</summary>
    public long Missing
    {
        get
        {
            lock (_gate) return _customers.Values.Sum(static numbers => numbers.Highest - numbers.Count);
        }
    }

    public long Highest(string customer)
    {
        lock (_gate) return _customers.GetValueOrDefault(customer)?.Highest ?? 0;
    }

    public bool Contains(string customer, long number)
    {
        lock (_gate) return _customers.GetValueOrDefault(customer)?.Contains(number) is true;
    }

    /// <summary>Whether this very order, and not another attempt at its number, is in the book.</summary>
    public bool Contains(Order order)
    {
        lock (_gate)
        {
            if (_customers.GetValueOrDefault(order.Customer)?.Contains(order.Number) is not true) return false;
            return _recent.ContainsKey(order.Id) || (_file is not null && IsInFile(_file, order));
        }
    }

    /// <summary>False: it was there already. True: it is on disk.</summary>
    /// <exception cref="IOException">It couldn't be written, and is not in the book.</exception>
    public bool Add(Order order)
    {
        lock (_gate)
        {
            if (_customers.GetValueOrDefault(order.Customer)?.Contains(order.Number) is true) return false;
            if (_file is not null) Append(_file, order);
            Note(order.Customer, order.Number, order.Id);
            return true;
        }
    }

    public void Dispose() => _file?.Dispose();

    private static void Append(FileStream file, Order order)
    {
        var end = file.Length;
        try
        {
            file.Position = end;
            file.Write(System.Text.Encoding.UTF8.GetBytes(Line(order.Customer, order.Number, order.Id)));
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line would spoil the next one.
            file.SetLength(end);
            throw;
        }
    }

    private static string Line(string customer, long number, string id) => string.Create(CultureInfo.InvariantCulture, $"{customer} {number} {id}\n");

    private static bool IsInFile(FileStream file, Order order)
    {
        file.Position = 0;
        var wanted = Line(order.Customer, order.Number, order.Id).TrimEnd();
        using var reader = new StreamReader(file, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            if (line == wanted) return true;
        }

        return false;
    }

    private void Load(FileStream file)
    {
        using var reader = new StreamReader(file, leaveOpen: true);
        var text = reader.ReadToEnd();
        // What a crash tore off was never told to anybody.
        var whole = text.LastIndexOf('\n') + 1;
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is not [var customer, var number, var id] || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
                throw new InvalidDataException($"{file.Name}: '{line}' is no order");
            Note(customer, parsed, id);
        }

        file.SetLength(System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, whole)));
    }

    private void Note(string customer, long number, string id)
    {
        if (!_customers.TryGetValue(customer, out var numbers)) _customers[customer] = numbers = new NumberSet();
        numbers.Add(number);
        _recent[id] = number;
        _recentOrder.Enqueue(id);
        if (_recentOrder.Count > RecentIds) _recent.Remove(_recentOrder.Dequeue());
        _count++;
    }

    /// <summary>Numbers from 1: all up to one, and some beyond it.</summary>
    private sealed class NumberSet
    {
        private readonly HashSet<long> _beyond = [];
        private long _upTo;

        public long Highest { get; private set; }

        public long Count => _upTo + _beyond.Count;

        public bool Contains(long number) => number <= _upTo || _beyond.Contains(number);

        public void Add(long number)
        {
            Highest = Math.Max(Highest, number);
            _beyond.Add(number);
            while (_beyond.Remove(_upTo + 1)) _upTo++;
        }
    }
}
