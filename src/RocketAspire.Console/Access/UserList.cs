using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace RocketAspire.Console.Access;

/// <summary>What a user may do.</summary>
public enum UserRole
{
    /// <summary>Sees everything, changes nothing.</summary>
    Reader,
    Admin,
}

/// <summary>A line of the file of users.</summary>
/// <param name="Name">1 to 64 letters, digits and <c>. _ - @</c>.</param>
/// <param name="Role">What he may do.</param>
/// <param name="Hash">Of his password, as ASP.NET Core Identity writes it (PBKDF2 with HMAC-SHA512, salted).</param>
public sealed record User(string Name, UserRole Role, string Hash)
{
    /// <summary>Changes with the password, so that a session ends with it; tells nothing of the hash.</summary>
    public string Stamp => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}:{Hash}")).AsSpan(0, 12));
}

/// <summary>Who may come in: lines of <c>name:role:hash</c>; empty ones and those that begin with # say nothing.</summary>
public sealed class UserList
{
    public const string Form = "write lines of name:admin:HASH or name:reader:HASH; hash-password makes them";

    // OWASP's number for PBKDF2 with HMAC-SHA512.
    private const int Iterations = 210_000;

    private static readonly PasswordHasher<User> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    // Who isn't there takes as long as who is.
    private static readonly Lazy<User> Nobody = new(static () => Create("nobody", UserRole.Reader, Guid.NewGuid().ToString()));

    private readonly Dictionary<string, User> _users;

    private UserList(Dictionary<string, User> users) => _users = users;

    public int Count => _users.Count;

    public User? Find(string? name) => name is null ? null : _users.GetValueOrDefault(name);

    /// <returns>The user, or null when the name or the password is wrong.</returns>
    public User? Check(string name, string password)
    {
        var found = Find(name);
        var user = found ?? Nobody.Value;
        var good = Hasher.VerifyHashedPassword(user, user.Hash, password) != PasswordVerificationResult.Failed;
        return good ? found : null;
    }

    public static User Create(string name, UserRole role, string password)
    {
        var user = new User(name, role, "");
        return user with { Hash = Hasher.HashPassword(user, password) };
    }

    public static string Line(User user) => $"{user.Name}:{(user.Role == UserRole.Admin ? "admin" : "reader")}:{user.Hash}";

    /// <summary>Why it is no name; null when it is one.</summary>
    public static string? WhyInvalid(string name) =>
        name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@') ? null : "a name is 1 to 64 letters, digits and . _ - @";

    /// <exception cref="InvalidDataException">A line is wrong; one line that names its number and shows no hash.</exception>
    public static UserList Parse(string text)
    {
        var users = new Dictionary<string, User>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in text.Split('\n').Select(static line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            var parts = line.Split(':');
            if (parts.Length != 3) throw new InvalidDataException($"line {number} has {parts.Length} parts; {Form}");
            if (WhyInvalid(parts[0]) is { } why) throw new InvalidDataException($"line {number}: {why}");
            UserRole? role = parts[1] switch { "admin" => UserRole.Admin, "reader" => UserRole.Reader, _ => null };
            if (role is null) throw new InvalidDataException($"line {number}: the role of {parts[0]} is neither admin nor reader");
            if (!IsHash(parts[2])) throw new InvalidDataException($"line {number}: what stands as the password of {parts[0]} is no hash; {Form}");
            if (!users.TryAdd(parts[0], new User(parts[0], role.Value, parts[2]))) throw new InvalidDataException($"line {number}: {parts[0]} is there twice");
        }

        return users.Count > 0 ? new UserList(users) : throw new InvalidDataException($"it names nobody; {Form}");
    }

    /// <summary>Identity's third form: 1, then algorithm, iterations and salt length of 4 bytes each, salt of 16, key of 32.</summary>
    private static bool IsHash(string text)
    {
        Span<byte> bytes = stackalloc byte[128];
        return text.Length <= 160 && Convert.TryFromBase64String(text, bytes, out var length) && length >= 61 && bytes[0] == 1;
    }
}
