using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel
{
    public abstract class ParameterDefault
    {
        public abstract string GetDefaultValue();
    }

    public sealed class GenerateParameterDefault : ParameterDefault
    {
        /// <summary>Characters, at least; 22 when not set.</summary>
        public int MinLength { get; set; } = 22;

        public bool Lower { get; set; } = true;

        public bool Upper { get; set; } = true;

        public bool Numeric { get; set; } = true;

        public bool Special { get; set; } = true;

        public override string GetDefaultValue()
        {
            string alphabet = (Lower ? "abcdefghjkmnpqrstuvwxyz" : "") + (Upper ? "ABCDEFGHJKMNPQRSTUVWXYZ" : "")
                + (Numeric ? "0123456789" : "") + (Special ? "-_.{}~()*+!" : "");
            return alphabet.Length == 0
                ? throw new ArgumentException("A generated parameter needs at least one kind of character.")
                : RandomNumberGenerator.GetString(alphabet, Math.Max(MinLength, 1));
        }
    }

    public class ParameterResource : Resource, IExpressionValue
    {
        private readonly Lazy<string> _value;

        /// <param name="name">Name of the resource.</param>
        /// <param name="callback">Called once, at the first use of the value.</param>
        /// <param name="secret">Masks the value in logs and snapshots.</param>
        public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : base(name)
        {
            Secret = secret;
            _value = new(() =>
            {
                string value = callback(Default);
                if (Secret)
                {
                    Resolved?.Invoke(value);
                }
                return value;
            });
        }

        public ParameterDefault? Default { get; set; }

        public bool Secret { get; }

        public bool IsConnectionString { get; set; }

        public string? Description { get; set; }

        public bool EnableDescriptionMarkdown { get; set; }

        public string ValueExpression => IsConnectionString ? $"{{{Name}.connectionString}}" : $"{{{Name}.value}}";

        // Tells the orchestrator which text must not show up in a log.
        internal Action<string>? Resolved { get; set; }

        internal string ValueOrThrow => _value.Value;

        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);

        public ValueTask<string?> GetValueAsync(ValueProviderContext _, CancellationToken cancellationToken) => new(_value.Value);
    }

    /// <summary>A connection string that comes from configuration and is a secret.</summary>
    internal sealed class ConfiguredConnectionString(string name, Func<ParameterDefault?, string> callback, string? environmentVariable)
        : ParameterResource(name, callback, secret: true), IResourceWithConnectionString
    {
        public string? ConnectionStringEnvironmentVariable => environmentVariable;

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{(IExpressionValue)this}");

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

        ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) =>
            GetValueAsync(cancellationToken);

        string IManifestExpressionProvider.ValueExpression => ValueExpression;
    }
}

namespace Aspire.Hosting
{
    using Aspire.Hosting.ApplicationModel;

    public sealed class ConnectionStringResource : Resource, IResourceWithConnectionString, IResourceWithWaitSupport
    {
        public ConnectionStringResource(string name, ReferenceExpression connectionStringExpression) : base(name) =>
            ConnectionStringExpression = connectionStringExpression;

        public ReferenceExpression ConnectionStringExpression { get; }
    }
}
