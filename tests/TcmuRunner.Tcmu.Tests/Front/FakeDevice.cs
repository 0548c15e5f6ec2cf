// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Front;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

internal sealed class FakeDevice(FakeTcmuKernel kernel, TcmuDeviceRequest request) : ITcmuDevice
{
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs for each change; may throw, or wait for ever.</summary>
    internal Func<string, Task> OnChange { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs when the device is stopped; may wait for ever.</summary>
    internal Func<Task> OnStop { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs when the ring is opened; may throw.</summary>
    internal Func<Task> OnStart { get; init; } = static () => Task.CompletedTask;

    internal bool IsDisposed { get; private set; }

    public long SizeBytes { get; private set; } = request.SizeBytes;

    public bool WriteCacheEnabled { get; private set; } =
        request.WriteCache ?? request.Configuration.Contains("cached", StringComparison.Ordinal);

    public IZonedDevice? Zones => null;

    public IImage? Image => null;

    public TcmuDeviceStatistics Statistics => new(Commands: 3, DataBytes: 4096, CommandsInFlight: 1, 0, 0, 0);

    /// <summary>What the device's loop does when it is asked for a sign of life; may wait for ever.</summary>
    internal Func<Task> OnPing { get; set; } = static () => Task.CompletedTask;

    public Task<Exception?> Ended => _ended.Task;

    public Task PingAsync() => OnPing();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        kernel.Note($"start uio{request.Minor}");
        return OnStart();
    }

    public async ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        await OnChange($"size {sizeBytes}");
        SizeBytes = sizeBytes;
    }

    public async ValueTask ReconfigureAsync(string configuration, CancellationToken cancellationToken) =>
        await OnChange($"configuration {configuration}");

    public async ValueTask SetWriteCacheAsync(bool enabled, CancellationToken cancellationToken)
    {
        await OnChange($"cache {enabled}");
        WriteCacheEnabled = enabled;
    }

    public Task<bool> DrainAsync(TimeSpan limit)
    {
        kernel.Note($"drain uio{request.Minor}");
        return Task.FromResult(true);
    }

    public async Task StopAsync(TimeSpan limit)
    {
        await OnStop();
        kernel.Note($"stop uio{request.Minor}");
        _ended.TrySetResult(null);
        IsDisposed = true;
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    /// <summary>The ring breaks, or with null the kernel's device goes away.</summary>
    internal void End(Exception? failure) => _ended.TrySetResult(failure);
}
