// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;

namespace TcmuRunner;

/// <summary>Loads the kernel module before anything else is tried: without it there is nothing to serve.</summary>
/// <param name="folder">The folder that the module has in sysfs.</param>
internal sealed class KernelModuleService(string folder) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        KernelModule.EnsureLoaded(folder);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
