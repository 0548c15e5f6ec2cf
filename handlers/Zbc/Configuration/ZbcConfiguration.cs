// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>What a configuration string says. A value that was not given is null: the image's, or the default for a new one.</summary>
internal sealed record ZbcConfiguration
{
    internal const string Help = """
        zbc//path   or   zbc/option/option/...@/path
          path            a regular file, made on first use, or a block device
          model-HM|HA     host managed (default) or host aware
          type-NAME       one of the named disks instead of a model, e.g. ZD_SOBR: see the README
          lba-BYTES       logical block size, 512 (default) or 4096
          phys-BYTES      physical block size
          zsize-N[K]      zone size in MiB or KiB, a power of two (default 256)
          cap-N[K]        zone capacity in MiB or KiB, below the zone size
          conv-N          conventional zones at the start (default 1 %, at least 1)
          open-N          zones that can be open at a time (default 128)
          active-N        zones that can be open or closed at a time (default: no limit)
          wpcheck-y|n     y: reads beyond a write pointer fail; n (default): they return zeros
          ro-I,J  offline-I,J   zones that are read-only or offline
          rsize-N[K]  sgain-X  maxact-N  realms-y|n  dialect-z2|d5   for zone domains
          format          make the image anew: everything in it is lost
          import          take over an image of the C program's handlers zbc and dhsmr
        """;

    /// <summary>Absolute path of the image.</summary>
    public required string Path { get; init; }

    /// <summary>The disk to make when there is no image; also what an image is compared with where <see cref="IsProfileGiven"/>.</summary>
    public required DeviceProfile Profile { get; init; }

    public bool IsProfileGiven { get; init; }

    public int? BlockBytes { get; init; }

    public int? PhysicalBlockBytes { get; init; }

    public long? ZoneBytes { get; init; }

    public long? CapacityBytes { get; init; }

    public int? ConventionalZones { get; init; }

    public int? OpenZones { get; init; }

    public int? ActiveZones { get; init; }

    public long? RealmBytes { get; init; }

    /// <summary>Capacity of shingled tracks in per cent of the same tracks written conventionally.</summary>
    public int? GainPercent { get; init; }

    public int? MaximumActivation { get; init; }

    public bool? ChecksWritePointer { get; init; }

    public bool? HasRealms { get; init; }

    public Dialect? Dialect { get; init; }

    public ImmutableArray<int> ReadOnlyZones { get; init; } = [];

    public ImmutableArray<int> OfflineZones { get; init; } = [];

    public bool Format { get; init; }

    public bool Import { get; init; }
}
