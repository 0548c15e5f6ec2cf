// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TcmuRunner;

/// <summary>Loads the kernel module before anything else is tried: without it, and without targets of our own, there is nothing to serve.</summary>
/// <param name="folder">The folder that the module has in sysfs.</param>
/// <param name="isNeeded">Whether the daemon has nothing else to do.</param>
/// <param name="logger">Says when it goes on without.</param>
internal sealed class KernelModuleService(string folder, bool isNeeded, ILogger logger) : IHostedService
{
    /// <summary>Whether the daemon goes on without the module.</summary>
    internal bool IsMissing { get; private set; }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            KernelModule.EnsureLoaded(folder);
        }
        catch (DaemonException exception) when (!isNeeded)
        {
            IsMissing = true;
            logger.ServingWithoutKernel(exception.Message);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
