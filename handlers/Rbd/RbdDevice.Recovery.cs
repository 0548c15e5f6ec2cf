// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <content>What happens when the cluster has shut this gateway out (blocklisted it): another one has taken the image over.</content>
internal sealed partial class RbdDevice
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _closing = new();
    private Task _reopening = Task.CompletedTask;
    private int _isReopening;
    private long _timedOut;
    private long _lockLost;
    private long _connectionLost;

    /// <summary>
    /// How long a disk that was shut out stays so, before it opens its image anew. A gateway that was thought dead, and comes back to life, has
    /// commands of another time in its buffers; in this time they all fail, and none of them reaches the image that others have written to since.
    /// </summary>
    internal static TimeSpan Quarantine { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Hears of an operation that failed, before its caller does. On a thread of librbd's: must not block.</summary>
    /// <param name="image">The image that it ran on.</param>
    /// <param name="result">A negative errno.</param>
    internal void Failed(RbdImage image, nint result)
    {
        switch (-(int)result)
        {
            case NativeErrno.ETIMEDOUT:
                Interlocked.Increment(ref _timedOut);
                break;
            case NativeErrno.ENOTCONN:
                Interlocked.Increment(ref _connectionLost);
                break;
            case NativeErrno.ESHUTDOWN when image == _image && Interlocked.Exchange(ref _isReopening, 1) == 0:
                Interlocked.Increment(ref _lockLost);
                image.Lease.Retire();
                _reopening = Task.Run(() => ReopenAsync(image));
                break;
            default:
                break;
        }
    }

    private async Task ReopenAsync(RbdImage old)
    {
        Log.ShutOut(_logger, _name, _configuration.Specification, Quarantine.TotalSeconds);
        try
        {
            await Task.Delay(Quarantine, _closing.Token).ConfigureAwait(false);
            RbdImage fresh = await OpenAgainAsync().ConfigureAwait(false);
            _image = fresh;
            Volatile.Write(ref _isReopening, 0);
            await BlockingCall.RunAsync(() => Watch(fresh)).ConfigureAwait(false);
            Log.OpenAgain(_logger, _name, _configuration.Specification);
            string[] addresses = old.Lease.IsShared ? [] : old.Lease.Connection.GetAddresses();
            await old.CloseAsync().ConfigureAwait(false);
            await BlockingCall.RunAsync(() => Blocklist.Remove(fresh, addresses, _name, _logger)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The disk is being removed: the old image is closed with it.
            Log.ReopenGivenUp(_logger, _name);
        }
    }

    private async Task<RbdImage> OpenAgainAsync()
    {
        var pause = TimeSpan.FromSeconds(1);
        while (true)
        {
            try
            {
                return await BlockingCall.RunAsync(_opener.OpenAgain).ConfigureAwait(false);
            }
            catch (HandlerException failure)
            {
                Log.CannotReopen(_logger, _name, pause.TotalSeconds, failure.Message);
            }

            await Task.Delay(pause, _closing.Token).ConfigureAwait(false);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }
}
