using System.Text;

namespace RocketAspire.Console.Access;

/// <summary><c>hash-password NAME admin|reader</c>: reads a password and prints the line of the file of users.</summary>
internal static class PasswordCommand
{
    public const string Name = "hash-password";

    private const int MinLength = 8;

    /// <returns>0, or 2 when something is wrong.</returns>
    public static int Run(IReadOnlyList<string> args, TextReader input, TextWriter output, TextWriter error)
    {
        if (args.Count is not (1 or 2) || (args.Count == 2 && args[1] is not ("admin" or "reader")))
        {
            error.WriteLine($"{Name} NAME admin|reader: reads a password and prints a line for the file of --auth; without a role it is reader");
            return 2;
        }

        if (UserList.WhyInvalid(args[0]) is { } why)
        {
            error.WriteLine($"{Name}: {why}");
            return 2;
        }

        var password = System.Console.IsInputRedirected ? input.ReadLine() : Ask($"password of {args[0]}: ", error);
        if (password is null || password.Length < MinLength)
        {
            error.WriteLine($"{Name}: a password has at least {MinLength} characters");
            return 2;
        }

        output.WriteLine(UserList.Line(UserList.Create(args[0], args.Count == 2 && args[1] == "admin" ? UserRole.Admin : UserRole.Reader, password)));
        return 0;
    }

    /// <summary>What is typed isn't shown.</summary>
    private static string Ask(string question, TextWriter error)
    {
        error.Write(question);
        var typed = new StringBuilder();
        while (System.Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }

        error.WriteLine();
        return typed.ToString();
    }
}
