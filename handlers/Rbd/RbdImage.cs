// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>An open image with its connection. Operations count themselves in and out, so that it closes behind the last one.</summary>
/// <remarks>Thread safe. Made by <see cref="RbdImageOpener"/>.</remarks>
internal sealed class RbdImage : IDisposable
{
    // How many operations run, and in the highest bit whether no more may begin.
    private const int Closing = int.MinValue;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionLease _lease;
    private readonly nint _ioContext;
    private int _uses;
    private int _isClosed;
    private ImageWatch? _watch;

    /// <summary>Takes over a connection, its pool's context and an image opened there.</summary>
    public RbdImage(ConnectionLease lease, nint ioContext, nint handle, RbdImageFacts facts)
    {
        _lease = lease;
        _ioContext = ioContext;
        Handle = handle;
        Facts = facts;
    }

    /// <summary>librbd's handle. Use it between <see cref="TryEnter"/> and <see cref="Exit"/>, or before <see cref="CloseAsync"/>.</summary>
    public nint Handle { get; }

    /// <summary>What was found out when it was opened.</summary>
    public RbdImageFacts Facts { get; }

    /// <summary>The connection that it came through.</summary>
    public ConnectionLease Lease => _lease;

    /// <summary>Begins a use.</summary>
    /// <returns>False when the image is closing.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _uses) > 0)
        {
            return true;
        }

        Exit();
        return false;
    }

    /// <summary>Ends a use.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _uses) == Closing)
        {
            _idle.TrySetResult();
        }
    }

    /// <summary>The current size in bytes. Blocks.</summary>
    /// <param name="sizeBytes">The size.</param>
    /// <returns>Zero or a negative errno.</returns>
    public int GetSize(out long sizeBytes)
    {
        int result = LibRbd.rbd_get_size(Handle, out ulong size);
        sizeBytes = (long)Math.Min(size, long.MaxValue);
        return result;
    }

    /// <summary>Begins to hear of changes of the image's header, until it is closed. Blocks; to be called once.</summary>
    /// <param name="changed">Called on a thread of librbd's: must neither block nor throw.</param>
    /// <returns>Zero or a negative errno.</returns>
    public int Watch(Action changed)
    {
        _watch = ImageWatch.TryStart(Handle, changed, out int result);
        return result;
    }

    /// <summary>Lets no more uses begin, waits for those that run, and closes the image and its connection on a thread of its own. Safe to call twice.</summary>
    public async Task CloseAsync()
    {
        if ((Interlocked.Or(ref _uses, Closing) & ~Closing) == 0)
        {
            _idle.TrySetResult();
        }

        await _idle.Task.ConfigureAwait(false);
        await BlockingCall.RunAsync(Dispose).ConfigureAwait(false);
    }

    /// <summary>Closes an image that has never been used, or no longer is. Blocks; must not run on a thread of librbd's. Safe to call twice.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _watch?.Dispose();

            // What it returns concerns the cache, of which every write has been answered for by a flush.
            _ = LibRbd.rbd_close(Handle);
            LibRados.rados_ioctx_destroy(_ioContext);
            _lease.Dispose();
        }
    }
}
