// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;

namespace TcmuRunner;

/// <summary>
/// Holds the lock file while the daemon serves: taken before anything touches the kernel, released after everything has left it.
/// </summary>
/// <param name="path">The lock file.</param>
internal sealed class LockFileService(string path) : IHostedService, IDisposable
{
    private LockFile? _lock;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _lock = LockFile.Acquire(path);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }
}
