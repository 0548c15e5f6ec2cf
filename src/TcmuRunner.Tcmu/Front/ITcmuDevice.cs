// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Tcmu.Front;

/// <summary>An opened device, as far as the front is concerned. Disposing stops it within a short limit.</summary>
internal interface ITcmuDevice : IAsyncDisposable
{
    /// <summary>Its size in bytes.</summary>
    long SizeBytes { get; }

    /// <summary>Whether the write cache is on.</summary>
    bool WriteCacheEnabled { get; }

    /// <summary>Its zones; null for a disk without.</summary>
    IZonedDevice? Zones { get; }

    /// <summary>The image that it serves; null for a disk that is in none.</summary>
    IImage? Image { get; }

    /// <summary>What it has done.</summary>
    TcmuDeviceStatistics Statistics { get; }

    /// <summary>
    /// Ends when a started device is no longer served: null when it was stopped or the kernel has removed it, otherwise the failure.
    /// </summary>
    Task<Exception?> Ended { get; }

    /// <summary>Opens the UIO device and begins to execute commands. Called once.</summary>
    /// <exception cref="TcmuException">It cannot be opened.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Changes the size. Errors are those of the logical unit.</summary>
    ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken);

    /// <summary>Changes the configuration. Errors are those of the logical unit.</summary>
    ValueTask ReconfigureAsync(string configuration, CancellationToken cancellationToken);

    /// <summary>Switches the write cache. Errors are those of the logical unit.</summary>
    ValueTask SetWriteCacheAsync(bool enabled, CancellationToken cancellationToken);

    /// <summary>Ends once the device's loop has taken notice; never where the loop hangs or has ended.</summary>
    Task PingAsync();

    /// <summary>Waits until every command is answered.</summary>
    /// <returns>False when the limit passed first.</returns>
    Task<bool> DrainAsync(TimeSpan limit);

    /// <summary>Ends the service and closes the handler's device; abandons it when the limit passes first.</summary>
    Task StopAsync(TimeSpan limit);
}
