// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Abstractions;

/// <summary>What initiators are told of a disk with zones (ZBC-2). The size of the device counts every zone that can be addressed.</summary>
public sealed record ZonedCharacteristics
{
    /// <summary>Whether sequential zones must be written sequentially, so that the peripheral device type is 14h and not 00h.</summary>
    public required bool IsHostManaged { get; init; }

    /// <summary>VPD page B6h, Zoned Block Device Characteristics, behind its four bytes of header: 60 bytes (ZBC-2 6.5.2). Asked anew for
    /// each INQUIRY, because MODE SELECT may change it.</summary>
    public required ImmutableArray<byte> CharacteristicsPage { get; init; }

    /// <summary>Bits to set in bytes 8 (high) and 9 (low) of VPD page B1h, Block Device Characteristics: 1000h is ZONED of a host aware disk.</summary>
    public int BlockDeviceFlags { get; init; }

    /// <summary>The capacity in bytes that READ CAPACITY reports where that is less than the device's size, because some zones can only be had
    /// instead of others (RC BASIS 0); null, the default: the whole size (RC BASIS 1).</summary>
    public long? ReportedSizeBytes { get; init; }

    /// <summary>PRODUCT IDENTIFICATION, at most 16 characters; null for the engine's own.</summary>
    public string? ProductIdentification { get; init; }
}
