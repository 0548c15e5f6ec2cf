// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>A handler's open device with its promises checked: one field per optional interface, null where it is not promised. Immutable.</summary>
internal sealed class BackingDevice
{
    private const int SmallestBlock = 512;
    private const int LargestBlock = 65536;

    private BackingDevice(IHandlerDevice device, DeviceCharacteristics characteristics, int blockSizeBytes)
    {
        Device = device;
        Characteristics = characteristics;
        BlockSizeBytes = blockSizeBytes;
        BlockShift = BitOperations.Log2((uint)blockSizeBytes);
        DeviceCapabilities capabilities = characteristics.Capabilities;
        Blocks = device as IBlockDevice;
        Raw = Promised<IRawCommandDevice>(DeviceCapabilities.RawCommands);
        Flush = Promised<IFlushDevice>(DeviceCapabilities.Flush);
        Unmap = Promised<IUnmapDevice>(DeviceCapabilities.Unmap);
        WriteSame = Promised<IWriteSameDevice>(DeviceCapabilities.WriteSame);
        CompareAndWrite = Promised<ICompareAndWriteDevice>(DeviceCapabilities.CompareAndWrite);
        Extents = Promised<IExtentsDevice>(DeviceCapabilities.Extents);
        Resize = Promised<IResizeDevice>(DeviceCapabilities.Resize);
        Reconfigure = Promised<IReconfigureDevice>(DeviceCapabilities.Reconfigure);
        Zoned = Promised<IZonedDevice>(DeviceCapabilities.Zones);
        Image = Promised<IImageDevice>(DeviceCapabilities.Image);
        SizeWatch = Promised<ISizeWatchDevice>(DeviceCapabilities.SizeWatch);
        Lock = Promised<ILockDevice>(DeviceCapabilities.Lock);
        HonoursForceUnitAccess = capabilities.HasFlag(DeviceCapabilities.ForceUnitAccess);

        T? Promised<T>(DeviceCapabilities flag)
            where T : class, IHandlerDevice => capabilities.HasFlag(flag) ? device as T : null;
    }

    public IHandlerDevice Device { get; }

    public DeviceCharacteristics Characteristics { get; }

    public int BlockSizeBytes { get; }

    /// <summary>Log2 of the block size.</summary>
    public int BlockShift { get; }

    /// <summary>Null for a device that speaks only raw SCSI.</summary>
    public IBlockDevice? Blocks { get; }

    public IRawCommandDevice? Raw { get; }

    public IFlushDevice? Flush { get; }

    public IUnmapDevice? Unmap { get; }

    public IWriteSameDevice? WriteSame { get; }

    public ICompareAndWriteDevice? CompareAndWrite { get; }

    public IExtentsDevice? Extents { get; }

    public IResizeDevice? Resize { get; }

    public IReconfigureDevice? Reconfigure { get; }

    /// <summary>Null for a disk without zones.</summary>
    public IZonedDevice? Zoned { get; }

    /// <summary>Null where what is served is in no image, or in one that cannot be looked after meanwhile.</summary>
    public IImageDevice? Image { get; }

    /// <summary>Null where nobody but the administrator changes the size.</summary>
    public ISizeWatchDevice? SizeWatch { get; }

    /// <summary>Null where no other gateway may serve the same data.</summary>
    public ILockDevice? Lock { get; }

    /// <summary>What READ CAPACITY says, in bytes: less than the size where a disk with zones reports only some of them.</summary>
    public long ReportedSizeBytes => Characteristics.Zones?.ReportedSizeBytes ?? Characteristics.SizeBytes;

    public bool HonoursForceUnitAccess { get; }

    public bool IsReadOnly => Characteristics.IsReadOnly;

    /// <summary>Whether a write is durable only after a flush.</summary>
    public bool HasVolatileCache => Characteristics.HasVolatileWriteCache;

    public bool IsSerialized => Characteristics.Threading == DeviceThreading.Serialized;

    /// <summary>Whether unmapped blocks are sure to read as zeros: then WRITE SAME may unmap instead of writing zeros.</summary>
    public bool UnmapsToZeros => Unmap is not null && Characteristics.UnmappedReadsZero;

    /// <summary>Checks what a device promises.</summary>
    /// <param name="device">The device, just opened or reconfigured.</param>
    /// <param name="name">The logical unit's name, for messages.</param>
    /// <param name="blockSizeBytes">Logical block size in bytes, unless the device has one of its own.</param>
    /// <exception cref="HandlerException">A promise cannot be true; the message names it.</exception>
    public static BackingDevice Create(IHandlerDevice device, string name, int blockSizeBytes)
    {
        DeviceCharacteristics characteristics = device.Characteristics
            ?? throw Broken(name, "does not describe itself (its characteristics are null).");
        blockSizeBytes = characteristics.BlockSizeBytes == 0 ? blockSizeBytes : characteristics.BlockSizeBytes;
        CheckBlockSize(name, blockSizeBytes);
        CheckSizes(name, characteristics, blockSizeBytes);
        CheckInterfaces(name, device, characteristics.Capabilities);
        if (characteristics.HasVolatileWriteCache && !characteristics.Capabilities.HasFlag(DeviceCapabilities.Flush))
        {
            throw Broken(name, "has a volatile write cache but does not promise to flush it (the capability Flush).");
        }

        CheckZones(name, characteristics, blockSizeBytes);

        return new BackingDevice(device, characteristics, blockSizeBytes);
    }

    /// <summary>Checks a logical block size: a power of two from 512 bytes to 64 KiB.</summary>
    /// <exception cref="HandlerException">It is another one.</exception>
    public static void CheckBlockSize(string name, int blockSizeBytes)
    {
        if (!BitOperations.IsPow2(blockSizeBytes) || blockSizeBytes is < SmallestBlock or > LargestBlock)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration,
                $"{name}: a block size of {blockSizeBytes} bytes is not possible; it must be a power of two from {SmallestBlock} to {LargestBlock}.");
        }
    }

    private static void CheckSizes(string name, DeviceCharacteristics characteristics, int blockSizeBytes)
    {
        long size = characteristics.SizeBytes;
        if (size < blockSizeBytes || size % blockSizeBytes != 0)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"{name}: the backing store has {size} bytes, which is not a positive multiple of the block size {blockSizeBytes}.");
        }

        int physical = characteristics.PhysicalBlockSizeBytes;
        if (physical != 0 && (physical < blockSizeBytes || !BitOperations.IsPow2(physical / blockSizeBytes) || physical % blockSizeBytes != 0))
        {
            throw Broken(name, $"has physical blocks of {physical} bytes, not a power of two times the logical block size {blockSizeBytes}.");
        }

        long granularity = characteristics.UnmapGranularityBytes;
        if (granularity < 0 || granularity % blockSizeBytes != 0)
        {
            throw Broken(name, $"has an unmap granularity of {granularity} bytes, not a multiple of the block size {blockSizeBytes}.");
        }

        if (characteristics.OptimalTransferBytes < 0)
        {
            throw Broken(name, $"has a negative optimal transfer length ({characteristics.OptimalTransferBytes} bytes).");
        }
    }

    private static void CheckInterfaces(string name, IHandlerDevice device, DeviceCapabilities capabilities)
    {
        if (device is not IBlockDevice && !(device is IRawCommandDevice && capabilities.HasFlag(DeviceCapabilities.RawCommands)))
        {
            throw Broken(name, $"implements neither {nameof(IBlockDevice)} nor, with the capability RawCommands, {nameof(IRawCommandDevice)}.");
        }

        Check<IFlushDevice>(DeviceCapabilities.Flush);
        Check<IUnmapDevice>(DeviceCapabilities.Unmap);
        Check<IWriteSameDevice>(DeviceCapabilities.WriteSame);
        Check<ICompareAndWriteDevice>(DeviceCapabilities.CompareAndWrite);
        Check<IExtentsDevice>(DeviceCapabilities.Extents);
        Check<IResizeDevice>(DeviceCapabilities.Resize);
        Check<IReconfigureDevice>(DeviceCapabilities.Reconfigure);
        Check<IRawCommandDevice>(DeviceCapabilities.RawCommands);
        Check<IZonedDevice>(DeviceCapabilities.Zones);
        Check<IImageDevice>(DeviceCapabilities.Image);
        Check<ISizeWatchDevice>(DeviceCapabilities.SizeWatch);
        Check<ILockDevice>(DeviceCapabilities.Lock);
        if (capabilities.HasFlag(DeviceCapabilities.Lock | DeviceCapabilities.RawCommands))
        {
            throw Broken(name, "promises both a lock and raw commands, which would pass by the lock.");
        }

        void Check<T>(DeviceCapabilities flag)
        {
            if (capabilities.HasFlag(flag) && device is not T)
            {
                throw Broken(name, $"promises the capability {flag} but does not implement {typeof(T).Name}.");
            }
        }
    }

    private static void CheckZones(string name, DeviceCharacteristics characteristics, int blockSizeBytes)
    {
        if (characteristics.Capabilities.HasFlag(DeviceCapabilities.Zones) != characteristics.Zones is not null)
        {
            throw Broken(name, $"promises the capability {DeviceCapabilities.Zones} without describing its zones, or the other way round.");
        }

        if (characteristics.Zones is not { } zones)
        {
            return;
        }

        if (zones.CharacteristicsPage.IsDefault || zones.CharacteristicsPage.Length != 60)
        {
            throw Broken(name, "has a Zoned Block Device Characteristics page that is not 60 bytes long.");
        }

        if (zones.ReportedSizeBytes is { } reported && (reported <= 0 || reported > characteristics.SizeBytes || reported % blockSizeBytes != 0))
        {
            throw Broken(name, $"reports {reported} bytes, not a positive multiple of the block size up to its size of {characteristics.SizeBytes} bytes.");
        }
    }

    private static HandlerException Broken(string name, string reason) =>
        new(HandlerErrorKind.Failed, $"{name}: the handler is broken: its device {reason}");
}
