// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Everything that decides the shape of a disk: what a configuration string leaves open is filled in. Kept in the image.</summary>
internal sealed record ImageSettings
{
    private const long DefaultZoneBytes = 256L << 20;
    private const long DefaultRealmBytes = 2560L << 20;
    private const int DefaultGainPercent = 125;
    private const int DefaultOpenZones = 128;
    private const int DefaultBlockBytes = 512;

    public required DeviceProfile Profile { get; init; }

    /// <summary>Logical block size in bytes.</summary>
    public required int BlockBytes { get; init; }

    public required int PhysicalBlockBytes { get; init; }

    public required long ZoneBytes { get; init; }

    /// <summary>How much of a sequential zone can be written; at most <see cref="ZoneBytes"/>.</summary>
    public required long CapacityBytes { get; init; }

    /// <summary>Conventional zones; -1: what the profile says.</summary>
    public required int ConventionalZones { get; init; }

    /// <summary>The limit before it is fitted to the number of zones.</summary>
    public required int OpenZones { get; init; }

    /// <summary>Zones that may be open or closed; 0 for no limit.</summary>
    public required int ActiveZones { get; init; }

    public required long RealmBytes { get; init; }

    public required int GainPercent { get; init; }

    /// <summary>MAXIMUM ACTIVATION in zones; 0 for no limit.</summary>
    public required int MaximumActivation { get; init; }

    /// <summary>Whether reads beyond a write pointer fail (URSWRZ 0).</summary>
    public required bool ChecksWritePointer { get; init; }

    public required bool HasRealms { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>The size that was asked for, in bytes; the disk may be larger, in whole realms.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Fills in the defaults.</summary>
    public static ImageSettings From(ZbcConfiguration configuration, long sizeBytes, Dialect defaultDialect)
    {
        long zoneBytes = configuration.ZoneBytes ?? DefaultZoneBytes;
        int blockBytes = configuration.BlockBytes ?? DefaultBlockBytes;
        return new ImageSettings
        {
            Profile = configuration.Profile,
            BlockBytes = blockBytes,
            PhysicalBlockBytes = configuration.PhysicalBlockBytes ?? blockBytes,
            ZoneBytes = zoneBytes,
            CapacityBytes = configuration.CapacityBytes ?? zoneBytes,
            ConventionalZones = configuration.ConventionalZones ?? -1,
            OpenZones = configuration.OpenZones ?? DefaultOpenZones,
            ActiveZones = configuration.ActiveZones ?? 0,
            RealmBytes = configuration.RealmBytes ?? DefaultRealmBytes,
            GainPercent = configuration.GainPercent ?? DefaultGainPercent,
            MaximumActivation = configuration.MaximumActivation ?? 0,
            ChecksWritePointer = configuration.ChecksWritePointer ?? false,
            HasRealms = configuration.HasRealms ?? true,
            Dialect = configuration.Dialect ?? defaultDialect,
            SizeBytes = sizeBytes,
        };
    }

    /// <summary>Names what a configuration string asks for and the image is not.</summary>
    /// <returns>One phrase for each difference, empty where the image is what is asked for.</returns>
    public IReadOnlyList<string> DifferencesFrom(ZbcConfiguration wanted, long? sizeBytes)
    {
        var differences = new List<string>();
        Compare("type", wanted.IsProfileGiven ? wanted.Profile.Name : null, Profile.Name);
        Compare("lba", wanted.BlockBytes, BlockBytes);
        Compare("phys", wanted.PhysicalBlockBytes, PhysicalBlockBytes);
        Compare("zsize in bytes", wanted.ZoneBytes, ZoneBytes);
        Compare("cap in bytes", wanted.CapacityBytes, CapacityBytes);
        Compare("conv", wanted.ConventionalZones, ConventionalZones);
        Compare("open", wanted.OpenZones, OpenZones);
        Compare("active", wanted.ActiveZones, ActiveZones);
        Compare("rsize in bytes", wanted.RealmBytes, RealmBytes);
        Compare("sgain in per cent", wanted.GainPercent, GainPercent);
        Compare("maxact", wanted.MaximumActivation, MaximumActivation);
        Compare("wpcheck", wanted.ChecksWritePointer, ChecksWritePointer);
        Compare("realms", wanted.HasRealms, HasRealms);
        Compare("dialect", wanted.Dialect, Dialect);
        Compare("size in bytes", sizeBytes, SizeBytes);
        return differences;

        void Compare<T>(string name, T? asked, T? is_)
        {
            if (asked is not null && !asked.Equals(is_))
            {
                differences.Add($"{name} is {is_}, not {asked}");
            }
        }
    }

    /// <summary>Checks what can be checked without the zones' number.</summary>
    /// <exception cref="HandlerException">A value is not possible; the message names it.</exception>
    public void Check()
    {
        Require(BlockBytes is 512 or 4096, $"lba-{BlockBytes}: 512 or 4096 is wanted.");
        Require(
            PhysicalBlockBytes >= BlockBytes && PhysicalBlockBytes <= 8 * BlockBytes && BitOperations.IsPow2(PhysicalBlockBytes),
            $"phys-{PhysicalBlockBytes} is no physical block size for logical blocks of {BlockBytes} bytes: {BlockBytes} to {Math.Min(4096, 8 * BlockBytes)} is wanted.");
        Require(BitOperations.IsPow2(ZoneBytes) && ZoneBytes >= PhysicalBlockBytes, $"A zone of {ZoneBytes} bytes is not a power of two of at least one block.");
        Require(
            CapacityBytes > 0 && CapacityBytes <= ZoneBytes && CapacityBytes % PhysicalBlockBytes == 0,
            $"A zone capacity of {CapacityBytes} bytes does not fit a zone of {ZoneBytes} bytes in whole blocks.");
        Require(CapacityBytes == ZoneBytes || Profile.Kind != DeviceKind.ZoneDomains, "cap- goes with host managed and host aware disks, not with zone domains.");
        Require(SizeBytes > 0 && SizeBytes % BlockBytes == 0, $"{SizeBytes} bytes are not a positive multiple of the block size {BlockBytes}.");
        if (Profile.Kind == DeviceKind.ZoneDomains)
        {
            Require(
                RealmBytes % ZoneBytes == 0 && RealmBytes >= 2 * ZoneBytes,
                $"A realm of {RealmBytes} bytes is not two or more whole zones of {ZoneBytes} bytes; give rsize-.");
            Require(
                RealmBytes <= SizeBytes / 2,
                $"A realm of {RealmBytes} bytes is more than half of the disk's {SizeBytes} bytes; give a smaller rsize- or make the disk larger.");
            Require(GainPercent is > 100 and <= 10_000, $"A gain of {GainPercent} per cent is not above 100 and up to 10000.");
        }

        static void Require(bool condition, string message)
        {
            if (!condition)
            {
                throw new HandlerException(HandlerErrorKind.InvalidConfiguration, message);
            }
        }
    }
}
