using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Acl;

internal static partial class AclLog
{
    [LoggerMessage(80, LogLevel.Warning, "aclEnable is true and there is no file of rules: until {Path} is there, everybody is refused")]
    public static partial void NoFile(ILogger logger, string path);

    [LoggerMessage(81, LogLevel.Information, "Access rules of {Path} are in force ({Accounts} accounts)")]
    public static partial void Loaded(ILogger logger, string path, int accounts);

    [LoggerMessage(82, LogLevel.Error, "Access rules of {Path} can't be used, what it said before stays in force: {Reason}")]
    public static partial void Broken(ILogger logger, string path, string reason);

    [LoggerMessage(83, LogLevel.Warning, "Account {AccessKey} stands in more than one place: the first one counts")]
    public static partial void Repeated(ILogger logger, string accessKey);

    [LoggerMessage(84, LogLevel.Error, "Looking for changed access rules failed: {Reason}")]
    public static partial void LookFailed(ILogger logger, string reason);

    [LoggerMessage(85, LogLevel.Information, "Account {AccessKey} changed by {Client}")]
    public static partial void AccountChanged(ILogger logger, string accessKey, string client);

    [LoggerMessage(86, LogLevel.Information, "Global white addresses changed by {Client}")]
    public static partial void WhiteAddressesChanged(ILogger logger, string client);
}
