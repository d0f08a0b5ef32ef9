using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using OfflineAspire.Dashboard.Text;

namespace OfflineAspire.Dashboard.Login;

/// <summary>The login by token: a link that has it, or a form that asks for it; a cookie says from then on who came.</summary>
internal static class LoginEndpoints
{
    private const string Path = "/login";
    private const string LoggedOut = "bye";

    public static void AddLogin(this IServiceCollection services, DashboardOptions options)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            // Cookies know no ports: each dashboard of this machine has a name of its own.
            cookie.Cookie.Name = $".OfflineAspire.Dashboard.{options.Url.Port}";
            cookie.Cookie.HttpOnly = true;
            // Lax: the link from a terminal or a mail must find who has logged in before.
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.LoginPath = Path;
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.ExpireTimeSpan = TimeSpan.FromDays(3);
            cookie.SlidingExpiration = true;
        });
        services.AddAuthorization(authorization =>
        {
            if (options.BrowserToken is not null) authorization.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
        });
        services.AddCascadingAuthenticationState();
    }

    public static void MapLogin(this WebApplication app, DashboardOptions options)
    {
        app.MapGet(Path, async (HttpContext context, string? t, string? returnUrl) =>
        {
            if (options.BrowserToken is not { } token) return Results.LocalRedirect("~/");
            if (t is null) return Form(context, returnUrl, context.Request.Query.ContainsKey(LoggedOut) ? null : "");
            return await EnterAsync(context, t, token, returnUrl).ConfigureAwait(false);
        }).AllowAnonymous();
        app.MapPost(Path, async (HttpContext context) =>
        {
            if (options.BrowserToken is not { } token) return Results.LocalRedirect("~/");
            if (!context.Request.HasFormContentType) return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
            var form = await context.Request.ReadFormAsync().ConfigureAwait(false);
            return await EnterAsync(context, form["t"], token, form["returnUrl"]).ConfigureAwait(false);
        }).AllowAnonymous().DisableAntiforgery();
        app.MapGet("/logout", async (HttpContext context) =>
        {
            await context.SignOutAsync().ConfigureAwait(false);
            return Results.LocalRedirect($"~{Path}?{LoggedOut}");
        }).AllowAnonymous();
    }

    /// <summary>Only a path of this dashboard: never another host, by whatever spelling.</summary>
    internal static string LocalPath(string? returnUrl) =>
        returnUrl is ['/', ..] && !returnUrl.StartsWith("//", StringComparison.Ordinal) && !returnUrl.Contains('\\', StringComparison.Ordinal) && !returnUrl.Any(char.IsControl) ? returnUrl : "/";

    private static async Task<IResult> EnterAsync(HttpContext context, string? given, string token, string? returnUrl)
    {
        if (!Tokens.AreEqual(given?.Trim(), token)) return Form(context, returnUrl, given ?? "", StatusCodes.Status401Unauthorized);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, "token")], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity), new AuthenticationProperties { IsPersistent = true }).ConfigureAwait(false);
        return Results.LocalRedirect("~" + LocalPath(returnUrl));
    }

    private static IResult Form(HttpContext context, string? returnUrl, string? given, int status = StatusCodes.Status200OK)
    {
        var isChinese = Preferences.LanguageOf(context.Request) == "zh";
        string Say(string english) => WebUtility.HtmlEncode(isChinese && Chinese.Texts.TryGetValue(english, out var text) ? text : english);
        var problem = string.IsNullOrEmpty(given) ? "" : $"<p class=\"bad\" role=\"alert\">{Say("This is not the token.")}</p>";
        var html = $"""
            <!DOCTYPE html>
            <html lang="{(isChinese ? "zh" : "en")}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Say("Login")}</title><link rel="stylesheet" href="/dashboard.css"><link rel="icon" type="image/svg+xml" href="/favicon.svg"></head>
            <body class="{(Preferences.DarkOf(context.Request) ? "dark" : "light")}"><main class="login card">
            <h1>{Say("Login to the dashboard")}</h1>
            <p class="dim">{Say("The token stands in the link that the AppHost prints when it starts: …/login?t=TOKEN")}</p>{problem}
            <form method="post" action="{Path}"><input type="hidden" name="returnUrl" value="{WebUtility.HtmlEncode(LocalPath(returnUrl))}">
            <label for="t">{Say("Token")}</label><input id="t" name="t" type="password" autocomplete="off" required autofocus>
            <button type="submit">{Say("Log in")}</button></form></main></body></html>
            """;
        return Results.Content(html, "text/html; charset=utf-8", statusCode: status);
    }
}
