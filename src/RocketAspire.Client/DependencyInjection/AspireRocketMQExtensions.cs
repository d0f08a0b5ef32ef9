using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using RocketAspire.Client;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds producers, consumers and admin clients of RocketMQ to an application, with health checks, spans and metrics.</summary>
/// <remarks>
/// Settings come from <c>Aspire:RocketMQ:Client</c>, then <c>Aspire:RocketMQ:Client:NAME</c>, then the connection string NAME, then code; each wins over
/// those before it. They are looked at when the client is first needed, not when it is added.
/// </remarks>
public static class AspireRocketMQExtensions
{
    private const string Section = "Aspire:RocketMQ:Client";

    /// <summary>Adds a <see cref="RocketMQProducer"/>.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">The connection string's name, as the AppHost calls the cluster.</param>
    /// <param name="configureSettings">Has the last word on settings.</param>
    /// <param name="configureOptions">Changes what settings can't say, such as a transaction's checker.</param>
    public static void AddRocketMQProducer(
        this IHostApplicationBuilder builder, string connectionName, Action<RocketMQProducerSettings>? configureSettings = null, Func<IServiceProvider, RocketMQProducerOptions, RocketMQProducerOptions>? configureOptions = null) =>
        AddProducer(builder, connectionName, null, configureSettings, configureOptions);

    /// <summary>Adds a <see cref="RocketMQProducer"/> by a key, which is its connection's name too.</summary>
    /// <inheritdoc cref="AddRocketMQProducer"/>
    public static void AddKeyedRocketMQProducer(
        this IHostApplicationBuilder builder, string name, Action<RocketMQProducerSettings>? configureSettings = null, Func<IServiceProvider, RocketMQProducerOptions, RocketMQProducerOptions>? configureOptions = null) =>
        AddProducer(builder, name, name, configureSettings, configureOptions);

    /// <summary>Adds a consumer that runs with the application and gives each message to a <typeparamref name="THandler"/> of its own scope.</summary>
    /// <typeparam name="THandler">What consumes.</typeparam>
    /// <inheritdoc cref="AddRocketMQProducer"/>
    public static void AddRocketMQConsumer<THandler>(
        this IHostApplicationBuilder builder, string connectionName, Action<RocketMQConsumerSettings>? configureSettings = null, Func<IServiceProvider, RocketMQConsumerOptions, RocketMQConsumerOptions>? configureOptions = null)
        where THandler : class, IRocketMQMessageHandler
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        var settings = Read(builder.Configuration, connectionName, configureSettings);
        builder.Services.TryAddScoped<THandler>();
        builder.Services.AddSingleton<IHostedService>(services => new ConsumerService<THandler>(
            services.GetRequiredService<IServiceScopeFactory>(), connectionName, () => ToOptions(services, settings, configureOptions),
            services.GetRequiredService<ILogger<RocketMQConsumer>>(), services.GetService<TimeProvider>() ?? TimeProvider.System));
        AddWatching(builder, settings, connectionName);
    }

    /// <summary>Adds a <see cref="RocketMQAdmin"/>.</summary>
    /// <inheritdoc cref="AddRocketMQProducer"/>
    public static void AddRocketMQAdmin(this IHostApplicationBuilder builder, string connectionName, Action<RocketMQClientSettings>? configureSettings = null) => AddAdmin(builder, connectionName, null, configureSettings);

    /// <summary>Adds a <see cref="RocketMQAdmin"/> by a key, which is its connection's name too.</summary>
    /// <inheritdoc cref="AddRocketMQProducer"/>
    public static void AddKeyedRocketMQAdmin(this IHostApplicationBuilder builder, string name, Action<RocketMQClientSettings>? configureSettings = null) => AddAdmin(builder, name, name, configureSettings);

    private static void AddProducer(
        IHostApplicationBuilder builder, string name, object? key, Action<RocketMQProducerSettings>? configureSettings, Func<IServiceProvider, RocketMQProducerOptions, RocketMQProducerOptions>? configureOptions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var settings = Read(builder.Configuration, name, configureSettings);
        var application = builder.Environment.ApplicationName;
        builder.Services.AddKeyedSingleton(key, (services, _) =>
        {
            var given = settings;
            var options = given.Apply(new RocketMQProducerOptions { Group = given.Group ?? GroupOf(application), LoggerFactory = services.GetService<ILoggerFactory>() });
            options = options with { SendTimeout = given.SendTimeout ?? options.SendTimeout, MaxRetries = given.MaxRetries ?? options.MaxRetries };
            options = Resilience.Of(services, options);
            var started = RocketMQProducer.StartAsync(configureOptions?.Invoke(services, options) ?? options);
            // It meets no broker before its first message.
            return started.IsCompletedSuccessfully ? started.Result : started.AsTask().GetAwaiter().GetResult();
        });
        AddWatching(builder, settings, name);
    }

    private static void AddAdmin(IHostApplicationBuilder builder, string name, object? key, Action<RocketMQClientSettings>? configureSettings)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var settings = Read(builder.Configuration, name, configureSettings);
        builder.Services.AddKeyedSingleton(key, (services, _) => Connect(settings, services));
        builder.Services.AddKeyedSingleton(key, static (services, key) => new RocketMQAdmin(services.GetRequiredKeyedService<RocketMQConnection>(key)));
        AddWatching(builder, settings, name);
    }

    private static RocketMQConnection Connect(RocketMQClientSettings settings, IServiceProvider services)
    {
        var options = new RocketMQClientOptions { NameServers = settings.NameServers(), Credentials = settings.Credentials(), Tls = settings.Tls() };
        return new RocketMQConnection(settings.RequestTimeout is { } limit ? options with { RequestTimeout = limit } : options, services.GetService<ILoggerFactory>());
    }

    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    private static RocketMQConsumerOptions ToOptions(IServiceProvider services, RocketMQConsumerSettings settings, Func<IServiceProvider, RocketMQConsumerOptions, RocketMQConsumerOptions>? configure)
    {
        if (string.IsNullOrWhiteSpace(settings.Group)) throw new InvalidOperationException($"a consumer needs a Group ({settings.Where})");
        var options = settings.Apply(new RocketMQConsumerOptions { Group = settings.Group, LoggerFactory = services.GetService<ILoggerFactory>() });
        options = options with
        {
            Subscriptions = [.. settings.Subscriptions.Select(static s => s.ToSubscription())],
            Orderly = settings.Orderly,
            MessageModel = settings.Broadcasting ? MessageModel.Broadcasting : MessageModel.Clustering,
            ConsumeFromWhere = settings.ConsumeFromWhere,
            Concurrency = settings.Concurrency ?? options.Concurrency,
            PrefetchCount = settings.PrefetchCount ?? options.PrefetchCount,
            MaxReconsumeTimes = settings.MaxReconsumeTimes ?? options.MaxReconsumeTimes,
            ConsumeTimeout = settings.ConsumeTimeout ?? options.ConsumeTimeout,
        };
        options = configure?.Invoke(services, options) ?? options;
        return options.Subscriptions.Count > 0 ? options : throw new InvalidOperationException($"consumer {options.Group} needs a subscription ({settings.Where})");
    }

    private static T Read<T>(IConfiguration configuration, string name, Action<T>? configure)
        where T : RocketMQClientSettings, new()
    {
        var settings = new T { Where = $"set the connection string ConnectionStrings:{name}, or ConnectionString in {Section} or {Section}:{name}" };
        var section = configuration.GetSection(Section);
        section.Bind(settings);
        var named = section.GetSection(name);
        // Lists would be joined, but what is named wins.
        if (settings is RocketMQConsumerSettings consumer && named.GetSection(nameof(RocketMQConsumerSettings.Subscriptions)).Exists()) consumer.Subscriptions.Clear();
        named.Bind(settings);
        if (configuration.GetConnectionString(name) is { Length: > 0 } connectionString) settings.ConnectionString = connectionString;
        configure?.Invoke(settings);
        return settings;
    }

    private static void AddWatching<T>(IHostApplicationBuilder builder, T settings, string name)
        where T : RocketMQClientSettings
    {
        if (!settings.DisableTracing) builder.Services.AddOpenTelemetry().WithTracing(static tracing => tracing.AddSource(ClientTelemetry.Name));
        if (!settings.DisableMetrics) builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddMeter(ClientTelemetry.Name));
        if (settings.DisableHealthChecks) return;
        // A producer and a consumer of one cluster are well or unwell together: one check for a connection's name.
        var check = $"RocketMQ_{name}";
        if (builder.Services.Any(service => service.ServiceType == typeof(RocketMQConnection) && Equals(service.ServiceKey, check))) return;
        builder.Services.AddKeyedSingleton(check, (services, _) => Connect(settings, services));
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            check, services => new RocketMQHealthCheck(() => new RocketMQAdmin(services.GetRequiredKeyedService<RocketMQConnection>(check))), null, null));
    }

    private static string GroupOf(string application) => new([.. application.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_')]);
}
