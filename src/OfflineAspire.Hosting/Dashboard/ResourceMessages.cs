using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Google.Protobuf.WellKnownTypes;
using Wire = OfflineAspire.ResourceProtocol;

namespace OfflineAspire;

/// <summary>Snapshots as the dashboard's protocol has them.</summary>
internal static class ResourceMessages
{
    public static Wire.Resource Of(ResourceEvent e)
    {
        CustomResourceSnapshot snapshot = e.Snapshot;
        var message = new Wire.Resource
        {
            Name = e.ResourceId,
            ResourceType = snapshot.ResourceType,
            DisplayName = e.Resource.Name,
            Uid = e.ResourceId,
            State = snapshot.State?.Text ?? "",
            StateStyle = snapshot.State?.Style ?? "",
            IsHidden = snapshot.IsHidden,
            CreatedAt = Time(snapshot.CreationTimeStamp),
            StartedAt = Time(snapshot.StartTimeStamp),
            StoppedAt = Time(snapshot.StopTimeStamp),
            SupportsDetailedTelemetry = e.Resource.HasAnnotationOfType<OtlpExporterAnnotation>(),
        };
        message.Environment.AddRange(snapshot.EnvironmentVariables.Select(v =>
            new Wire.EnvironmentVariable { Name = v.Name, Value = v.Value ?? "", IsFromSpec = v.IsFromSpec }));
        message.Urls.AddRange(snapshot.Urls.Select(static u => Of(u)));
        message.Relationships.AddRange(snapshot.Relationships.Select(r => new Wire.ResourceRelationship { ResourceName = r.ResourceName, Type = r.Type }));
        message.Volumes.AddRange(snapshot.Volumes.Select(v =>
            new Wire.Volume { Source = v.Source ?? "", Target = v.Target, MountType = v.MountType, IsReadOnly = v.IsReadOnly }));
        message.HealthReports.AddRange(snapshot.HealthReports.Select(static r => Of(r)));
        message.Commands.AddRange(snapshot.Commands.Select(static c => Of(c)));
        message.Properties.AddRange(snapshot.Properties.Select(static p => Of(p)));
        if (snapshot.ExitCode is { } code)
        {
            message.Properties.Add(Of(new ResourcePropertySnapshot("resource.exitCode", code)));
        }
        return message;
    }

    private static Timestamp? Time(DateTime? time) => time is { } at ? Timestamp.FromDateTime(at.ToUniversalTime()) : null;

    private static Wire.Url Of(UrlSnapshot url) => new()
    {
        EndpointName = url.Name ?? "",
        FullUrl = url.Url,
        IsInternal = url.IsInternal,
        IsInactive = url.IsInactive,
        DisplayProperties = new() { DisplayName = url.DisplayProperties.DisplayName, SortOrder = url.DisplayProperties.SortOrder },
    };

    private static Wire.HealthReport Of(HealthReportSnapshot report)
    {
        var message = new Wire.HealthReport
        {
            Key = report.Name,
            Description = report.Description ?? "",
            Exception = report.ExceptionText ?? "",
            LastRunAt = Time(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            message.Status = status switch
            {
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy => Wire.HealthStatus.Healthy,
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded => Wire.HealthStatus.Degraded,
                _ => Wire.HealthStatus.Unhealthy,
            };
        }
        return message;
    }

    private static Wire.ResourceCommand Of(ResourceCommandSnapshot command)
    {
        var message = new Wire.ResourceCommand
        {
            Name = command.Name,
            DisplayName = command.DisplayName,
            DisplayDescription = command.DisplayDescription ?? "",
            ConfirmationMessage = command.ConfirmationMessage ?? "",
            IconName = command.IconName ?? "",
            IsHighlighted = command.IsHighlighted,
            State = command.State switch
            {
                ResourceCommandState.Enabled => Wire.ResourceCommandState.Enabled,
                ResourceCommandState.Disabled => Wire.ResourceCommandState.Disabled,
                _ => Wire.ResourceCommandState.Hidden,
            },
        };
        if (command.IconVariant is { } variant)
        {
            message.IconVariant = variant == IconVariant.Filled ? Wire.IconVariant.Filled : Wire.IconVariant.Regular;
        }
        return message;
    }

    private static Wire.ResourceProperty Of(ResourcePropertySnapshot property)
    {
        var message = new Wire.ResourceProperty
        {
            Name = property.Name,
            Value = ValueOf(property.Value),
            IsSensitive = property.IsSensitive,
            IsHighlighted = property.IsHighlighted,
        };
        if (property.DisplayName is { } display)
        {
            message.DisplayName = display;
        }
        if (property.SortOrder is { } order)
        {
            message.SortOrder = order;
        }
        return message;
    }

    private static Value ValueOf(object? value) => value switch
    {
        null => Value.ForNull(),
        string text => Value.ForString(text),
        bool flag => Value.ForBool(flag),
        IEnumerable many => Value.ForList([.. many.Cast<object?>().Select(ValueOf)]),
        // As Aspire writes them: numbers as text, which keeps every digit.
        IFormattable formattable => Value.ForString(formattable.ToString(null, CultureInfo.InvariantCulture)),
        _ => Value.ForString(value.ToString() ?? ""),
    };
}
