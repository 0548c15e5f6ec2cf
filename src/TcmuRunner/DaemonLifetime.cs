// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TcmuRunner.DBus;
using TcmuRunner.Logging;

namespace TcmuRunner;

/// <summary>The signals: SIGTERM and SIGINT stop the daemon in order, SIGHUP opens the log again after a rotation and
/// reads the configuration again.</summary>
/// <param name="application">What is stopped.</param>
/// <param name="log">What is opened again.</param>
/// <param name="reloadConfiguration">Reads the configuration again.</param>
internal sealed class DaemonLifetime(IHostApplicationLifetime application, DaemonLog log, Action reloadConfiguration) : IHostLifetime, IDisposable
{
    private readonly ILogger _logger = log.Factory.CreateLogger<DaemonLifetime>();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reopen));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _registrations.Clear();
    }

    // Without Cancel the runtime would end the process when the handler returns.
    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _logger.Stopping(context.Signal.ToString());
        application.StopApplication();
    }

    private void Reopen(PosixSignalContext context)
    {
        context.Cancel = true;

        // Before the start is complete, systemd would take the end of this for it.
        bool isTold = application.ApplicationStarted.IsCancellationRequested && ServiceManager.NotifyReloading();
        reloadConfiguration();
        log.Reopen();
        _logger.LogReopened();
        if (isTold)
        {
            ServiceManager.Notify("READY=1");
        }
    }
}
