// SPDX-License-Identifier: Apache-2.0
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace TcmuRunner.Metrics;

/// <summary>Sends the numbers to a collector by OTLP, once a minute unless OTEL_METRIC_EXPORT_INTERVAL says otherwise.</summary>
internal static class OtlpExport
{
    // The collector's port for HTTP, and the path that only HTTP has; everything else is gRPC, as OTLP's own default is.
    private const int HttpPort = 4318;

    /// <summary>Begins to send; disposing sends once more and ends.</summary>
    internal static IDisposable Start(Uri endpoint) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => resource.AddService("tcmu-runner", serviceVersion: Daemon.Version))
        .AddMeter(DeviceMetrics.MeterName)
        .AddOtlpExporter(exporter =>
        {
            bool isHttp = endpoint.Port == HttpPort || endpoint.AbsolutePath.EndsWith("/v1/metrics", StringComparison.Ordinal);
            exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            exporter.Endpoint = isHttp && endpoint.AbsolutePath == "/" ? new Uri(endpoint, "/v1/metrics") : endpoint;
        })
        .Build();
}
