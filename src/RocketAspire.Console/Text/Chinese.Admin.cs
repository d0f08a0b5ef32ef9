namespace RocketAspire.Console.Text;

/// <summary>Signing in, accounts, the way to the cluster, and history.</summary>
internal static partial class Chinese
{
    private static readonly Dictionary<string, string> Admin = new(StringComparer.Ordinal)
    {
        ["Password"] = "密码",
        ["Sign in"] = "登录",
        ["Sign out"] = "退出登录",
        ["The name or the password is wrong."] = "用户名或密码错误。",
        ["This console was started without a login."] = "此控制台启动时未启用登录。",
        ["This page was open for too long, or the console was started anew. Sign in again."] = "页面打开过久，或控制台已重新启动，请重新登录。",
        ["Too many wrong passwords. Try again in this many seconds:"] = "密码错误次数过多，请在以下秒数后重试：",
        ["User"] = "用户",
        ["You are signed out."] = "已退出登录。",
        ["Your session is over: you signed out, or your account was changed."] = "会话已结束：您已退出登录，或账号已被更改。",
    };
}
