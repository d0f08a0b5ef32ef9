namespace RocketAspire.Hosting;

/// <summary>A setting that can't be used. The message is one line for the user: which setting, what is wrong, what is allowed.</summary>
/// <param name="message">That line.</param>
/// <param name="exitCode">2 for a wrong setting, 1 when the machine is in the way (a taken port, a full disk).</param>
public sealed class RocketMQSettingException(string message, int exitCode = RocketMQSettingException.WrongSetting) : Exception(message)
{
    public const int WrongSetting = 2;
    public const int Machine = 1;

    public int ExitCode { get; } = exitCode;
}
