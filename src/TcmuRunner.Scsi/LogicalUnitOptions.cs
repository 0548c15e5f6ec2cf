// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What a front knows about a logical unit when it opens it.</summary>
public sealed record LogicalUnitOptions
{
    /// <summary>Name for messages, as in <c>file/disk1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The configuration string, <c>subtype/...</c>, as the administrator gave it.</summary>
    public required string Configuration { get; init; }

    /// <summary>Logical block size in bytes.</summary>
    public required int BlockSizeBytes { get; init; }

    /// <summary>Size in bytes; null for the backing store's own.</summary>
    public required long? SizeBytes { get; init; }

    /// <summary>
    /// Carries a size that the backing store got from somebody else, in bytes, to where <see cref="SizeBytes"/> came from, which then resizes the
    /// unit; null: a unit with a size of its own keeps it as long as the backing store holds it, one without follows by itself.
    /// </summary>
    public Func<long, Task>? FollowSize { get; init; }

    /// <summary>MAXIMUM TRANSFER LENGTH in blocks (VPD page B0h), the front's own limit; 0 for none.</summary>
    public uint MaximumTransferBlocks { get; init; }

    /// <summary>Whether the write cache is on; null for the device's default.</summary>
    public bool? WriteCache { get; init; }

    /// <summary>Whether the backing store was in use before this life of the daemon.</summary>
    public bool IsReopen { get; init; }

    /// <summary>Whether the medium can be taken out: START STOP UNIT ejects and loads it. Default false.</summary>
    public bool IsRemovable { get; init; }

    /// <summary>
    /// Whether every initiator has a nexus of its own, with a TransportID. Only then do RESERVE(6) and persistent reservations exist here: they
    /// would bind nobody otherwise. Default false, for TCMU, where the kernel keeps reservations.
    /// </summary>
    public bool KnowsInitiators { get; init; }

    /// <summary>Where persistent reservations are kept over a restart (APTPL); null: they end with the daemon, and initiators are told so.</summary>
    public IUnitStateStore? ReservationStore { get; init; }

    /// <summary>
    /// Where an unfinished FORMAT UNIT or SANITIZE is kept over a restart, so that a sanitize goes on and a disk that is half formatted is not
    /// taken for a sound one; null: the next life of the daemon does not know of it.
    /// </summary>
    public IUnitStateStore? MediumStore { get; init; }

    /// <summary>Counts and times the commands; null for nobody.</summary>
    public UnitMonitor? Monitor { get; init; }

    /// <summary>The clock, for the rate of log messages and for how long commands take. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>What the front tells of the world outside.</summary>
    public required ILogicalUnitEnvironment Environment { get; init; }
}
