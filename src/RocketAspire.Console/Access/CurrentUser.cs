using System.Security.Claims;

namespace RocketAspire.Console.Access;

/// <summary>Who looks at the pages of a circuit or a request. What he may do is asked of the file anew each time, so that a change counts at once.</summary>
public sealed class CurrentUser(UserStore users, EndedSessions ended)
{
    public const string StampClaim = "stamp";
    public const string SessionClaim = "session";

    private string? _stamp;
    private string? _session;

    /// <summary>Null without login, and before somebody has.</summary>
    public string? Name { get; private set; }

    /// <summary>Whether there is a login at all.</summary>
    public bool HasLogin => users.IsOn;

    /// <summary>Whether he may see the pages.</summary>
    public bool IsKnown => !users.IsOn || User is not null;

    /// <summary>Whether he may change things, as far as his role goes.</summary>
    public bool MayChange => !users.IsOn || User?.Role == UserRole.Admin;

    private User? User => Of(users, ended, Name, _stamp, _session);

    public void Set(ClaimsPrincipal principal)
    {
        Name = principal.Identity is { IsAuthenticated: true, Name: { } name } ? name : null;
        _stamp = principal.FindFirstValue(StampClaim);
        _session = principal.FindFirstValue(SessionClaim);
    }

    /// <summary>The user of a session; null when it ended, or he is gone or has another password.</summary>
    public static User? Of(UserStore users, EndedSessions ended, ClaimsPrincipal? principal) =>
        Of(users, ended, principal?.Identity?.Name, principal?.FindFirstValue(StampClaim), principal?.FindFirstValue(SessionClaim));

    private static User? Of(UserStore users, EndedSessions ended, string? name, string? stamp, string? session) =>
        users.Find(name) is { } user && user.Stamp == stamp && session is not null && !ended.Contains(session) ? user : null;
}
