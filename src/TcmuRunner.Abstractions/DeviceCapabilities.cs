// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>What an open device can do beyond read and write. A flag promises that the device implements the interface it names.</summary>
[Flags]
public enum DeviceCapabilities
{
    /// <summary>Only read and write.</summary>
    None = 0,

    /// <summary><see cref="IFlushDevice"/>. Without it every completed write is taken to be durable.</summary>
    Flush = 1 << 0,

    /// <summary><see cref="IBlockDevice.WriteAsync"/> honours <see cref="WriteOptions.ForceUnitAccess"/>; otherwise the engine flushes after the write.</summary>
    ForceUnitAccess = 1 << 1,

    /// <summary><see cref="IUnmapDevice"/>. Without it the disk is fully provisioned: UNMAP is refused.</summary>
    Unmap = 1 << 2,

    /// <summary><see cref="IWriteSameDevice"/>; otherwise the engine writes the pattern.</summary>
    WriteSame = 1 << 3,

    /// <summary><see cref="ICompareAndWriteDevice"/>, atomic for all users of the backing store; otherwise the engine locks the range, which is
    /// atomic for all initiators of this daemon.</summary>
    CompareAndWrite = 1 << 4,

    /// <summary><see cref="IExtentsDevice"/>; otherwise every block counts as mapped.</summary>
    Extents = 1 << 5,

    /// <summary><see cref="IResizeDevice"/>; otherwise a change of size is refused.</summary>
    Resize = 1 << 6,

    /// <summary><see cref="IReconfigureDevice"/>; otherwise a change of the configuration string is refused.</summary>
    Reconfigure = 1 << 7,

    /// <summary><see cref="IRawCommandDevice"/>: asked first for every command.</summary>
    RawCommands = 1 << 8,

    /// <summary><see cref="IZonedDevice"/>: the disk has zones, which <see cref="DeviceCharacteristics.Zones"/> describes.</summary>
    Zones = 1 << 9,

    /// <summary><see cref="IImageDevice"/>: what it serves is an image that can be looked after meanwhile.</summary>
    Image = 1 << 10,

    /// <summary><see cref="ISizeWatchDevice"/>: notices another size of the backing store; otherwise only the administrator changes the size.</summary>
    SizeWatch = 1 << 11,

    /// <summary><see cref="ILockDevice"/>: several gateways may serve the same data, one at a time. Not together with <see cref="RawCommands"/>.</summary>
    Lock = 1 << 12,
}
