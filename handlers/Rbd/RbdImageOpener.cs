// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>Opens the image of one disk: at first, and again after the cluster has shut its connection out. Blocks; for threads of its own.</summary>
internal sealed unsafe class RbdImageOpener(RbdConfiguration configuration, OpenRequest request, ConnectionPool connections)
{
    private readonly string _device = request.DeviceName;
    private readonly ILogger _logger = request.Logger;
    private readonly OwnershipRecord _record = new();

    /// <summary>Connects, opens the image and looks at it.</summary>
    /// <exception cref="HandlerException">One of that does not work.</exception>
    public RbdImage Open() => Open(mayBreakLock: true);

    /// <summary>The same after the cluster has shut this gateway out: whoever has the image now keeps it.</summary>
    /// <exception cref="HandlerException">One of that does not work.</exception>
    public RbdImage OpenAgain() => Open(mayBreakLock: false);

    private RbdImage Open(bool mayBreakLock)
    {
        ConnectionLease lease = connections.Acquire(configuration, _device, _logger);
        nint io = 0;
        nint handle = 0;
        try
        {
            io = OpenPool(lease.Connection);
            handle = OpenOrCreate(io);
            RbdImageFacts facts = LookAt(handle, lease.Connection);
            if ((facts.Features & LibRbd.RBD_FEATURE_EXCLUSIVE_LOCK) == 0 && configuration.KeepsLock)
            {
                throw new HandlerException(
                    HandlerErrorKind.NotSupported,
                    $"{_device}: '{configuration.Specification}' has no exclusive lock to keep; 'rbd feature enable {configuration.Specification} exclusive-lock' gives it one.");
            }

            if ((facts.Features & LibRbd.RBD_FEATURE_EXCLUSIVE_LOCK) != 0 && !configuration.IsReadOnly)
            {
                SettleLock(handle, lease, mayBreakLock);
            }

            return new RbdImage(lease, io, handle, facts);
        }
        catch
        {
            if (handle != 0)
            {
                _ = LibRbd.rbd_close(handle);
            }

            if (io != 0)
            {
                LibRados.rados_ioctx_destroy(io);
            }

            lease.Dispose();
            throw;
        }
    }

    private nint OpenPool(RadosConnection connection)
    {
        int result = LibRados.rados_ioctx_create(connection.Handle, configuration.Pool, out nint io);
        if (result < 0)
        {
            throw result == -NativeErrno.ENOENT
                ? new HandlerException(HandlerErrorKind.NotFound, $"{_device}: the cluster has no pool '{configuration.Pool}' (Ceph as {connection.Name}).")
                : Failed($"the pool '{configuration.Pool}' cannot be used", result);
        }

        if (configuration.Namespace.Length > 0)
        {
            LibRados.rados_ioctx_set_namespace(io, configuration.Namespace);
        }

        return io;
    }

    private nint OpenOrCreate(nint io)
    {
        int result = Open(io, out nint handle);
        if (result == -NativeErrno.ENOENT && configuration.MayCreate && request.IsReopen)
        {
            throw new HandlerException(
                HandlerErrorKind.NotFound,
                $"{_device}: the image '{configuration.Specification}' has gone since the device was last open; an empty one in its place would be silent loss of data.");
        }

        if (result == -NativeErrno.ENOENT && configuration.MayCreate)
        {
            Create(io);
            result = Open(io, out handle);
        }

        return result >= 0 ? handle : throw OpenFailed(io, result);
    }

    private int Open(nint io, out nint handle) => configuration.IsReadOnly
        ? LibRbd.rbd_open_read_only(io, configuration.Image, out handle, configuration.Snapshot)
        : LibRbd.rbd_open(io, configuration.Image, out handle, configuration.Snapshot);

    private void Create(nint io)
    {
        if (request.SizeBytes is not { } sizeBytes)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration,
                $"{_device}: the image '{configuration.Specification}' does not exist, and to make it a size is needed.");
        }

        LibRbd.rbd_image_options_create(out nint options);
        int result = LibRbd.rbd_create4(io, configuration.Image, (ulong)sizeBytes, options);
        LibRbd.rbd_image_options_destroy(options);

        // Somebody else may have made it meanwhile: then it is used as it is.
        if (result is < 0 and not -NativeErrno.EEXIST)
        {
            throw Failed($"the image '{configuration.Specification}' cannot be made", result);
        }

        Log.Created(_logger, _device, configuration.Specification, sizeBytes);
    }

    private RbdImageFacts LookAt(nint handle, RadosConnection connection)
    {
        RbdImageInfo info;
        int result = LibRbd.rbd_stat(handle, &info, (nuint)sizeof(RbdImageInfo));
        if (result < 0)
        {
            throw Failed($"the image '{configuration.Specification}' cannot be looked at", result);
        }

        long objectSize = (long)info.ObjectSize;
        bool hasFeatures = LibRbd.rbd_get_features(handle, out ulong features) >= 0;
        long stripeUnit = LibRbd.rbd_get_stripe_unit(handle, out ulong unit) >= 0 && unit > 0 ? Math.Min((long)unit, objectSize) : objectSize;
        ImageSettings settings = ImageSettings.Read(handle, connection);
        if (settings.HasWriteCache)
        {
            Log.CacheForced(_logger, _device, configuration.Specification);
        }

        if (!configuration.IsReadOnly && hasFeatures && (features & LibRbd.RBD_FEATURE_EXCLUSIVE_LOCK) == 0)
        {
            Log.NoExclusiveLock(_logger, _device, configuration.Specification);
        }

        const int IdLength = 64;
        byte* id = stackalloc byte[IdLength];
        return new RbdImageFacts
        {
            SizeBytes = (long)info.Size,
            ObjectSizeBytes = objectSize,
            StripeUnitBytes = stripeUnit,
            Features = features,
            Id = LibRbd.rbd_get_id(handle, id, IdLength) < 0 ? string.Empty : Marshal.PtrToStringUTF8((nint)id) ?? string.Empty,
            HasWriteCache = settings.HasWriteCache,
            DiscardGranularityBytes = settings.DiscardGranularityBytes > 0 ? settings.DiscardGranularityBytes : objectSize,
            IsSolidState = SolidStateProbe.IsSolidState(connection, configuration.Pool),
        };
    }

    private void SettleLock(nint handle, ConnectionLease lease, bool mayBreak)
    {
        string? owner = ImageLock.FindOwner(handle, out int result);
        if (owner is not null && _record.IsDead(handle, owner))
        {
            Log.FormerLifeFound(_logger, _device, configuration.Specification, owner);
            result = ImageLock.Break(handle, owner);
            owner = null;
        }

        if (result >= 0 && configuration.KeepsLock)
        {
            result = ImageLock.Acquire(handle, mayBreak);
            if (result >= 0 && owner is not null)
            {
                Log.LockTaken(_logger, _device, configuration.Specification, owner);
            }
        }

        if (result < 0)
        {
            throw result == -NativeErrno.EBUSY
                ? new HandlerException(HandlerErrorKind.Busy, $"{_device}: {owner ?? "another client"} holds the lock of '{configuration.Specification}' and keeps it.")
                : Failed($"the lock of '{configuration.Specification}' cannot be settled", result);
        }

        // With a holder the image is his, and writing to it would ask him for the lock.
        result = owner is null || configuration.KeepsLock ? _record.Write(handle, lease.Connection.GetAddresses()) : 0;
        if (result < 0)
        {
            Log.CannotRecord(_logger, _device, configuration.Specification, -result);
        }
    }

    private HandlerException OpenFailed(nint io, int result)
    {
        if (result != -NativeErrno.ENOENT)
        {
            return Failed($"the image '{configuration.Specification}' cannot be opened", result);
        }

        if (configuration.Namespace.Length > 0 && !NamespaceExists(io))
        {
            return new HandlerException(HandlerErrorKind.NotFound, $"{_device}: the pool '{configuration.Pool}' has no namespace '{configuration.Namespace}'.");
        }

        if (configuration.Snapshot is not null && LibRbd.rbd_open_read_only(io, configuration.Image, out nint image, null) >= 0)
        {
            _ = LibRbd.rbd_close(image);
            return new HandlerException(
                HandlerErrorKind.NotFound, $"{_device}: the image '{configuration.Specification.Split('@')[0]}' has no snapshot '{configuration.Snapshot}'.");
        }

        return new HandlerException(
            HandlerErrorKind.NotFound,
            $"{_device}: there is no image '{configuration.Specification}'; make it with 'rbd create', or add the option 'create'.");
    }

    private bool NamespaceExists(nint io)
    {
        byte exists = 1;
        fixed (byte* name = Encoding.UTF8.GetBytes(configuration.Namespace + "\0"))
        {
            return LibRbd.rbd_namespace_exists is null || LibRbd.rbd_namespace_exists(io, name, &exists) < 0 || exists != 0;
        }
    }

    private HandlerException Failed(string what, int result)
    {
        HandlerErrorKind kind = -result switch
        {
            NativeErrno.EPERM or NativeErrno.EACCES => HandlerErrorKind.AccessDenied,
            NativeErrno.ETIMEDOUT => HandlerErrorKind.TimedOut,
            NativeErrno.ENOSPC or NativeErrno.EDQUOT => HandlerErrorKind.NoSpace,
            NativeErrno.EBUSY or NativeErrno.EROFS => HandlerErrorKind.Busy,
            _ => HandlerErrorKind.Failed,
        };
        string hint = kind == HandlerErrorKind.AccessDenied
            ? $" client.{configuration.Id ?? "admin"} needs the capabilities 'mon = profile rbd, osd = profile rbd'; for a disk with the option 'ro', 'profile rbd-read-only'."
            : string.Empty;
        return new HandlerException(kind, $"{_device}: {what} (error {-result}, {Marshal.GetPInvokeErrorMessage(-result)}).{hint}");
    }
}
