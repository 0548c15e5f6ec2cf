// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <content>The exclusive lock as the engine uses it, for failover between gateways.</content>
internal sealed partial class RbdDevice : ILockDevice
{
    /// <summary>Takes the lock; its holder is shut out of the cluster before. Waits until an image that was shut out itself is open again.</summary>
    public async ValueTask<IoStatus> AcquireLockAsync(ushort tag, CancellationToken cancellationToken)
    {
        await _reopening.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await UseLockAsync((image, owner) =>
        {
            int result = ImageLock.Acquire(image.Handle, mayBreak: true);
            if (result < 0)
            {
                return result;
            }

            if (owner is not null && !image.Lease.Connection.GetAddresses().Contains(owner))
            {
                Log.LockTaken(_logger, _name, _configuration.Specification, owner);
            }

            string? self = ImageLock.FindOwner(image.Handle, out result);
            result = self is null ? result : LockTag.Write(image.Handle, tag, self);
            if (result < 0)
            {
                Log.CannotTag(_logger, _name, _configuration.Specification, -result);
            }

            return 0;
        }).ConfigureAwait(false);
    }

    /// <summary>Gives the lock back: librbd lets what has begun come to its end before.</summary>
    public ValueTask<IoStatus> ReleaseLockAsync(CancellationToken cancellationToken) =>
        UseLockAsync(static (image, _) => ImageLock.IsOwner(image.Handle) ? LibRbd.rbd_lock_release(image.Handle) : 0);

    public async ValueTask<ushort?> ReadLockTagAsync(CancellationToken cancellationToken)
    {
        ushort? tag = null;
        await UseLockAsync((image, owner) =>
        {
            tag = owner is null ? null : LockTag.Read(image.Handle, owner);
            return 0;
        }).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        return tag;
    }

    // An image that is being closed or opened anew has no lock to speak of.
    private async ValueTask<IoStatus> UseLockAsync(Func<RbdImage, string?, int> call)
    {
        RbdImage image = _image;
        if (!image.TryEnter())
        {
            return IoOutcome.NotReady;
        }

        try
        {
            int result = await BlockingCall.RunAsync(() =>
            {
                string? owner = ImageLock.FindOwner(image.Handle, out int found);
                return found < 0 ? found : call(image, owner);
            }).ConfigureAwait(false);
            if (result < 0)
            {
                Failed(image, result);
            }

            return RbdStatus.From(result, IoOutcome.NotReady);
        }
        finally
        {
            image.Exit();
        }
    }
}
