using System.Globalization;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace RocketAspire.Console.Access;

/// <summary>Signing in and out: plain forms with antiforgery tokens and a cookie that scripts can't read.</summary>
internal static class LoginEndpoints
{
    public const string LoginPath = "/login";
    public const string SignInPath = "/session/in";
    public const string SignOutPath = "/session/out";

    private const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    // A hash takes a tenth of a second of a processor: guessing must not take them all.
    private static readonly SemaphoreSlim Hashing = new(2);

    public static void AddServices(IServiceCollection services, UserStore users)
    {
        services.AddSingleton(users);
        services.AddSingleton<LoginGuard>();
        services.AddSingleton<EndedSessions>();
        services.AddScoped<CurrentUser>();
        services.AddAuthentication(Scheme).AddCookie(cookie =>
        {
            cookie.Cookie.Name = "rocketaspire-session";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
            cookie.SlidingExpiration = true;
            cookie.LoginPath = LoginPath;
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.Events.OnValidatePrincipal = ValidateAsync;
            cookie.Events.OnRedirectToLogin = ToLogin;
        });
        services.AddAuthorization(options =>
        {
            if (users.IsOn) options.FallbackPolicy = new AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build();
        });
    }

    public static void Map(WebApplication app)
    {
        // Handlers that take the context alone: what binds parameters would load a compiler of expressions for it.
        app.MapPost(SignInPath, static async context => await (await LoginAsync(context).ConfigureAwait(false)).ExecuteAsync(context).ConfigureAwait(false)).AllowAnonymous().DisableAntiforgery();
        app.MapPost(SignOutPath, static async context => await (await LogoutAsync(context).ConfigureAwait(false)).ExecuteAsync(context).ConfigureAwait(false)).AllowAnonymous().DisableAntiforgery();
    }

    /// <summary>Only a path of this site: what begins with two slashes, or a slash and a backslash, is another one's to browsers.</summary>
    public static string SafePath(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) && !path.StartsWith(LoginPath, StringComparison.Ordinal) && !path.StartsWith("/session/", StringComparison.Ordinal) ? path : "/";

    /// <summary>Removed, or with another password: his session is over.</summary>
    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        if (CurrentUser.Of(services.GetRequiredService<UserStore>(), services.GetRequiredService<EndedSessions>(), context.Principal) is not null) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Scheme).ConfigureAwait(false);
    }

    /// <summary>People get the page; what a script or the circuit asks is told no.</summary>
    private static Task ToLogin(RedirectContext<CookieAuthenticationOptions> context)
    {
        var request = context.Request;
        var isPage = HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
        if (isPage) context.Response.Redirect(LoginPath + QueryString.Create("returnUrl", SafePath(request.Path + request.QueryString)));
        else context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private static async Task<IResult> LoginAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var (users, guard) = (services.GetRequiredService<UserStore>(), services.GetRequiredService<LoginGuard>());
        if (!users.IsOn) return Results.LocalRedirect("/");
        if (await ReadAsync(context).ConfigureAwait(false) is not { } form) return Back("expired", null, null);
        var (name, password, target) = (form["name"].ToString(), form["password"].ToString(), SafePath(form["returnUrl"]));
        var address = (context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(LoginEndpoints).Namespace!);
        if (guard.Wait(name, address) is var wait && wait > TimeSpan.Zero) return Back("wait", target, Math.Ceiling(wait.TotalSeconds));
        // Counted before it is looked at: tries that are made at once count each.
        guard.Failed(name, address);
        if (await CheckAsync(users, name, password, context.RequestAborted).ConfigureAwait(false) is not { } user)
        {
            Log.LoginRefused(logger, address);
            return Back("wrong", target, null);
        }

        guard.Succeeded(name, address);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, user.Name), new Claim(CurrentUser.StampClaim, user.Stamp), new Claim(CurrentUser.SessionClaim, Guid.NewGuid().ToString("N"))], Scheme);
        await context.SignInAsync(Scheme, new ClaimsPrincipal(identity)).ConfigureAwait(false);
        Log.LoggedIn(logger, user.Name, address);
        return Results.LocalRedirect(target);
    }

    private static async Task<IResult> LogoutAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is null) return Results.LocalRedirect("/");
        if (context.User.FindFirstValue(CurrentUser.SessionClaim) is { } session) context.RequestServices.GetRequiredService<EndedSessions>().Add(session);
        await context.SignOutAsync(Scheme).ConfigureAwait(false);
        return Back("out", null, null);
    }

    private static async Task<User?> CheckAsync(UserStore users, string name, string password, CancellationToken cancellationToken)
    {
        if (name.Length > 64 || password.Length > 1024) return null;
        await Hashing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => users.Check(name, password), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Hashing.Release();
        }
    }

    /// <summary>Null when the form is another site's, or older than this process.</summary>
    private static async Task<IFormCollection?> ReadAsync(HttpContext context)
    {
        try
        {
            await context.RequestServices.GetRequiredService<IAntiforgery>().ValidateRequestAsync(context).ConfigureAwait(false);
            return await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AntiforgeryValidationException or InvalidDataException or InvalidOperationException or BadHttpRequestException)
        {
            return null;
        }
    }

    private static IResult Back(string problem, string? target, double? seconds)
    {
        var query = new QueryString().Add("problem", problem);
        if (target is not (null or "/")) query = query.Add("returnUrl", target);
        if (seconds is { } s) query = query.Add("seconds", s.ToString("0", CultureInfo.InvariantCulture));
        return Results.LocalRedirect(LoginPath + query);
    }
}
