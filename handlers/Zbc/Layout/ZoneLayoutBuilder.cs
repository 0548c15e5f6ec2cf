// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Works out the zones of a disk from its settings.</summary>
internal static class ZoneLayoutBuilder
{
    // Zone numbers are ints, and each zone takes memory: 10 TB in zones of 256 MiB are 40,000.
    private const long MaximumZones = 1 << 24;

    /// <summary>Builds a layout.</summary>
    /// <param name="settings">The disk's settings; <see cref="ImageSettings.Check"/> has passed.</param>
    /// <param name="profile">The profile in force, which MUTATE may have changed.</param>
    /// <param name="isMutated">Whether it was: then the number of conventional zones is the profile's alone.</param>
    /// <exception cref="HandlerException">The settings do not go together.</exception>
    public static ZoneLayout Build(ImageSettings settings, DeviceProfile profile, bool isMutated) => profile.Kind switch
    {
        DeviceKind.NonZoned => BuildPlain(settings),
        DeviceKind.ZoneDomains => BuildDomains(settings, profile),
        _ => BuildZoned(settings, profile, isMutated),
    };

    private static ZoneLayout BuildPlain(ImageSettings settings)
    {
        int count = CountZones(settings.SizeBytes, settings.ZoneBytes);
        return new ZoneLayout(
            settings,
            [.. Enumerable.Repeat(ZoneType.Conventional, count)],
            Straight(count, settings.ZoneBytes),
            settings.SizeBytes / settings.BlockBytes,
            settings.SizeBytes)
        {
            ConventionalZones = count,
        };
    }

    private static ZoneLayout BuildZoned(ImageSettings settings, DeviceProfile profile, bool isMutated)
    {
        int count = CountZones(settings.SizeBytes, settings.ZoneBytes);
        int onePercent = Math.Max(1, count / 100);
        const int lastFaultyZone = 12;
        int ofProfile = profile.IsFaulty ? Math.Max(onePercent, lastFaultyZone + 1) : Math.Max(profile.Bottom > 0 ? 1 : 0, profile.Bottom * count / 100);
        int conventional = (isMutated, settings.ConventionalZones) switch
        {
            (true, _) => ofProfile,
            (_, >= 0 and var given) => given,
            _ => onePercent,
        };
        if (conventional >= count)
        {
            throw new HandlerException(
                HandlerErrorKind.NoSpace,
                $"Of {count} zones at least one must be sequential, so {conventional} cannot be conventional; make the disk larger, or zsize- or conv- smaller.");
        }

        var types = new ZoneType[count];
        Array.Fill(types, profile.ShingledType);
        bool hasTop = profile.Top > 0 && conventional > 1;
        Array.Fill(types, ZoneType.Conventional, 0, hasTop ? conventional - 1 : conventional);
        if (hasTop)
        {
            types[^1] = ZoneType.Conventional;
        }

        return new ZoneLayout(
            settings, [.. types], Straight(count, settings.ZoneBytes), settings.SizeBytes / settings.BlockBytes, settings.SizeBytes)
        {
            ConventionalZones = conventional,
        };
    }

    // Every realm has a piece of the data of its own, so that what one realm holds is out of reach of all others.
    private static ZoneLayout BuildDomains(ImageSettings settings, DeviceProfile profile)
    {
        long zone = settings.ZoneBytes;
        int realms = (int)Math.Min(int.MaxValue, (settings.SizeBytes + settings.RealmBytes - 1) / settings.RealmBytes);
        long shingledBytes = checked(realms * settings.RealmBytes);
        int shingledPerRealm = (int)(settings.RealmBytes / zone);
        int conventionalPerRealm = (int)((((long)((decimal)shingledBytes * 100 / settings.GainPercent)) + zone - 1) / zone / realms);
        int bottom = Math.Min(profile.Bottom, realms);
        int top = Math.Min(profile.Top, realms - bottom);
        if (conventionalPerRealm == 0 || bottom + top == realms)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration,
                $"{profile.Name} does not fit {realms} realms of {shingledPerRealm} zones, {conventionalPerRealm} of them when written conventionally; give other values for rsize-, sgain- or the size.");
        }

        var domains = new List<ZoneDomain>();
        int next = 0;
        foreach (ZoneType type in TypesOf(profile))
        {
            bool isShingled = type is ZoneType.SequentialWriteRequired or ZoneType.SequentialWritePreferred;
            int perRealm = isShingled ? shingledPerRealm : conventionalPerRealm;
            next += domains.Count > 0 ? profile.DomainGap : 0;
            domains.Add(new ZoneDomain(domains.Count, type, next, perRealm * (isShingled ? realms - bottom - top : realms), perRealm));

            // The zones that the realms at bottom and top would have had here become a gap.
            next += perRealm * realms;
        }

        ZoneDomain last = domains[^1];
        int count = CountZones((long)(last.FirstZone + last.ZoneCount) * zone, zone);
        var types = new ZoneType[count];
        var offsets = new long[count];
        var realmOfZone = new int[count];
        Array.Fill(types, ZoneType.Gap);
        Array.Fill(offsets, -1);
        Array.Fill(realmOfZone, -1);
        var list = ImmutableArray.CreateBuilder<ZoneRealm>(realms);
        for (int realm = 0; realm < realms; realm++)
        {
            var first = ImmutableArray.CreateBuilder<int>(domains.Count);
            foreach (ZoneDomain domain in domains)
            {
                int place = domain.IsShingled ? (realm < bottom || realm >= realms - top ? -1 : realm - bottom) : realm;
                first.Add(place < 0 ? -1 : domain.FirstZone + (place * domain.ZonesPerRealm));
                for (int index = 0; place >= 0 && index < domain.ZonesPerRealm; index++)
                {
                    types[first[^1] + index] = domain.Type;
                    offsets[first[^1] + index] = (realm * settings.RealmBytes) + (index * zone);
                    realmOfZone[first[^1] + index] = realm;
                }
            }

            list.Add(new ZoneRealm(realm, first.MoveToImmutable()));
        }

        long zoneBlocks = zone / settings.BlockBytes;
        return new ZoneLayout(settings, [.. types], [.. offsets], count * zoneBlocks, shingledBytes)
        {
            ReportedBlockCount = domains[0].ZoneCount * zoneBlocks,
            Domains = [.. domains],
            Realms = list.MoveToImmutable(),
            RealmOfZone = [.. realmOfZone],
        };
    }

    private static IEnumerable<ZoneType> TypesOf(DeviceProfile profile)
    {
        yield return profile.HasSequentialOrBefore ? ZoneType.SequentialOrBeforeRequired : ZoneType.Conventional;
        yield return profile.ShingledType;
        if (profile.HasPreferred && profile.ShingledType != ZoneType.SequentialWritePreferred)
        {
            yield return ZoneType.SequentialWritePreferred;
        }
    }

    private static ImmutableArray<long> Straight(int count, long zoneBytes) => [.. Enumerable.Range(0, count).Select(zone => zone * zoneBytes)];

    private static int CountZones(long sizeBytes, long zoneBytes)
    {
        long count = (sizeBytes + zoneBytes - 1) / zoneBytes;
        return count <= MaximumZones
            ? (int)count
            : throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration, $"{sizeBytes} bytes are {count} zones of {zoneBytes}; at most {MaximumZones} are possible: give a larger zsize-.");
    }
}
