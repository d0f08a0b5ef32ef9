using Google.Protobuf;
using Microsoft.Extensions.Logging;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>Lets calls through that the rules allow; without rules, all.</summary>
internal sealed class AccessGate(IAccessRules? rules, ILogger logger)
{
    /// <summary>UNAUTHORIZED, whether the account is wrong or has no right: as Apache's proxy.</summary>
    public async ValueTask<Status?> RefuseAsync(CallContext call, IMessage request)
    {
        if (rules is null) return null;
        if (CallSignature.Parse(call.Authorization, call.DateTime, out var problem) is not { } signature) return Statuses.Of(Code.Unauthorized, problem);
        try
        {
            var reason = await rules.RefuseAsync(new(call.Remote, signature.AccessKey, signature.Signature, signature.Signed, AccessNeeds.Of(request)), call.Ended).ConfigureAwait(false);
            return reason is null ? null : Statuses.Of(Code.Unauthorized, reason);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            Log.AccountsUnknown(logger, e.Message.ReplaceLineEndings(" "));
            return Statuses.Of(Code.InternalServerError, "accounts can't be looked up: " + e.Message.ReplaceLineEndings(" "));
        }
    }
}
