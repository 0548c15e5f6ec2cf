// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using TcmuRunner.Tcmu;

namespace TcmuRunner;

/// <summary>Runs the TCMU front: adopts the devices of the kernel at start, hands them over at stop.</summary>
/// <param name="front">The front, which this service owns.</param>
/// <param name="module">Knows whether the kernel has what the front needs.</param>
internal sealed class TcmuFrontService(TcmuFront front, KernelModuleService module) : IHostedService, IAsyncDisposable
{
    /// <summary>How many devices the front has, whatever their state.</summary>
    internal int DeviceCount => front.Devices.Count;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) =>
        module.IsMissing ? Task.CompletedTask : front.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) =>
        module.IsMissing ? Task.CompletedTask : front.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => front.DisposeAsync();
}
