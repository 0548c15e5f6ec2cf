// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Metrics;

/// <summary>Gives the daemon's numbers to those who want them. Made only when somebody does: the rest of the daemon starts without.</summary>
internal sealed class MetricsService(
    MetricsOptions options, DaemonNumbers numbers, ILogger logger, TimeProvider timeProvider) : IHostedService, IAsyncDisposable
{
    private DeviceMetrics? _metrics;
    private SessionMetrics? _sessionMetrics;
    private OpenMetricsText? _text;
    private MetricsPage? _page;
    private IDisposable? _export;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _metrics = new DeviceMetrics(numbers, timeProvider);
        _sessionMetrics = new SessionMetrics(numbers.Sessions);
        if (options.Listen is not null || options.SocketPath is not null)
        {
            _text = new OpenMetricsText(DeviceMetrics.MeterName);
            try
            {
                _page = await MetricsPage.StartAsync(options, _text, cancellationToken).ConfigureAwait(false);
                logger.MetricsServed(options.SocketPath ?? options.Listen!.ToString());
            }
            catch (DaemonException exception)
            {
                // Disks come first: they are served without numbers rather than not at all.
                logger.MetricsNotServed(exception.Message);
            }
        }

        if (options.OtlpEndpoint is { } endpoint)
        {
            _export = OtlpExport.Start(endpoint);
            logger.MetricsSent(endpoint.ToString());
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _page, null) is { } page)
        {
            await page.DisposeAsync().ConfigureAwait(false);
        }

        Interlocked.Exchange(ref _export, null)?.Dispose();
        Interlocked.Exchange(ref _text, null)?.Dispose();
        Interlocked.Exchange(ref _metrics, null)?.Dispose();
        Interlocked.Exchange(ref _sessionMetrics, null)?.Dispose();
    }
}
