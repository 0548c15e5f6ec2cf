// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Front;

/// <content>Changes by the administrator, who waits in the kernel until the reply.</content>
internal sealed partial class DeviceController
{
    /// <summary>Applies a RECONFIG event.</summary>
    /// <returns>0, or the negative errno with which the administrator's write fails; nothing has changed then.</returns>
    internal async Task<int> ReconfigureAsync(TcmuEvent change)
    {
        TimeSpan limit = _services.Options.ReconfigureLimit;
        using var waiting = new CancellationTokenSource(limit, _services.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(waiting.Token, _leaving.Token);
        try
        {
            await _turn.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return _leaving.IsCancellationRequested ? -Errno.ENODEV : -Errno.EBUSY;
        }

        Task applying = ControlThread.RunAsync(() => ApplyAsync(change, _leaving.Token));
        _ = ReleaseTurnAfterAsync(applying);
        try
        {
            await applying.WaitAsync(limit, _services.TimeProvider, _leaving.Token).ConfigureAwait(false);
            _lastRefusal = null;
            _services.NoteChange();
            Log.DeviceReconfigured(_services.Logger, DisplayName, Describe(change));
            return 0;
        }
        catch (Exception exception)
        {
            // When the handler hangs it keeps the turn, and later changes are answered with EBUSY.
            _lastRefusal = exception.Message;
            Log.ReconfigureRefused(_services.Logger, DisplayName, Describe(change), exception.Message);
            return ControlErrno.StatusOf(exception);
        }
    }

    private async Task ReleaseTurnAfterAsync(Task applying)
    {
        await applying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _turn.Release();
    }

    private Task ApplyAsync(TcmuEvent change, CancellationToken cancellationToken) => change switch
    {
        { SizeBytes: { } sizeBytes } => ResizeAsync(sizeBytes, cancellationToken),
        { WriteCache: { } on } => _device is { } device ? device.SetWriteCacheAsync(on, cancellationToken).AsTask() : Task.CompletedTask,
        { Configuration: { } text } => ReconfigureAsync(text.TrimEnd('\n'), cancellationToken),
        _ => throw new HandlerException(HandlerErrorKind.NotSupported, "The kernel asks for a change that this program does not know."),
    };

    // A device that is not served has nothing to change: its next attempt to open reads the new values from configfs.
    private async Task ResizeAsync(ulong sizeBytes, CancellationToken cancellationToken)
    {
        int blockSizeBytes = _attributes.ReadBlockSizeBytes();
        if (sizeBytes is 0 or > long.MaxValue || sizeBytes % (ulong)blockSizeBytes != 0)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                string.Create(
                    CultureInfo.InvariantCulture, $"{sizeBytes} bytes is not a positive multiple of the block size, {blockSizeBytes}."));
        }

        if (_device is { } device)
        {
            await device.ResizeAsync((long)sizeBytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReconfigureAsync(string text, CancellationToken cancellationToken)
    {
        if (!RunnerOptions.TryParse(text, out RunnerOptions? options, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        if (_device is { } device)
        {
            if (options.Configuration.Subtype != _name.Subtype)
            {
                throw new HandlerException(
                    HandlerErrorKind.NotSupported, $"A device that is being served stays with its handler, '{_name.Subtype}'.");
            }

            await device.ReconfigureAsync(options.Configuration.Text, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Check(options.Configuration);
        }

        _hasNewConfiguration = true;
        _name = _name with { Configuration = text };
        if (_state == TcmuDeviceState.Failed)
        {
            BeginRetrying();
        }

        Volatile.Read(ref _hurry).TrySetResult();
    }

    private void Check(ConfigurationString configuration)
    {
        if (!_services.Catalog.TryGet(configuration.Subtype, out IHandler? handler))
        {
            throw new HandlerException(HandlerErrorKind.NotFound, $"No handler for '{configuration.Subtype}' is loaded.");
        }

        if (handler.CheckConfiguration(configuration).Reason is { } reason)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }
    }

    private static string Describe(TcmuEvent change) => change switch
    {
        { SizeBytes: { } sizeBytes } => string.Create(CultureInfo.InvariantCulture, $"size {sizeBytes} bytes"),
        { WriteCache: { } on } => on ? "write cache on" : "write cache off",
        { Configuration: { } text } => $"configuration '{text.TrimEnd('\n')}'",
        _ => "an unknown change",
    };
}
