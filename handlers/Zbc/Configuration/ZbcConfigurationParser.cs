// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// Reads configuration strings: <c>zbc//path</c> or <c>zbc/option/option@/path</c>. Looks at the words only, never at the file system: any user
/// of D-Bus may ask, and must not learn which files exist.
/// </summary>
internal static class ZbcConfigurationParser
{
    // PATH_MAX of linux/limits.h, without the terminating zero.
    private const int MaximumPathBytes = 4095;
    private const long Kibibyte = 1024;
    private const long Mebibyte = 1024 * Kibibyte;

    // Zone sizes are powers of two; a zone beyond this is no zone any more, and sums of lengths stay far from the limits of a long.
    private const long MaximumZoneBytes = 1L << 40;
    private const int MaximumListedZones = 64;

    private delegate string? OptionReader(ref ZbcConfiguration configuration, string value);

    // The first name that an option starts with is meant; every name but the last two ends in a dash.
    private static readonly (string Name, OptionReader Read)[] s_options =
    [
        ("model-", ReadModel),
        ("type-", ReadType),
        ("lba-", static (ref ZbcConfiguration c, string v) => ReadBlock(v, "lba-", out int bytes) ?? Set(ref c, c with { BlockBytes = bytes })),
        ("phys-", static (ref ZbcConfiguration c, string v) => ReadPhysicalBlock(v, out int bytes) ?? Set(ref c, c with { PhysicalBlockBytes = bytes })),
        ("zsize-", ReadZoneSize),
        ("cap-", static (ref ZbcConfiguration c, string v) => ReadSize(v, "cap-", out long bytes) ?? Set(ref c, c with { CapacityBytes = bytes })),
        ("conv-", static (ref ZbcConfiguration c, string v) => ReadCount(v, "conv-", 0, out int n) ?? Set(ref c, c with { ConventionalZones = n })),
        ("open-", static (ref ZbcConfiguration c, string v) => ReadCount(v, "open-", 1, out int n) ?? Set(ref c, c with { OpenZones = n })),
        ("active-", static (ref ZbcConfiguration c, string v) => ReadCount(v, "active-", 1, out int n) ?? Set(ref c, c with { ActiveZones = n })),
        ("rsize-", static (ref ZbcConfiguration c, string v) => ReadSize(v, "rsize-", out long bytes) ?? Set(ref c, c with { RealmBytes = bytes })),
        ("sgain-", ReadGain),
        ("maxact-", static (ref ZbcConfiguration c, string v) => ReadCount(v, "maxact-", 0, out int n) ?? Set(ref c, c with { MaximumActivation = n })),
        ("wpcheck-", static (ref ZbcConfiguration c, string v) => ReadYes(v, "wpcheck-", out bool yes) ?? Set(ref c, c with { ChecksWritePointer = yes })),
        ("realms-", static (ref ZbcConfiguration c, string v) => ReadYes(v, "realms-", out bool yes) ?? Set(ref c, c with { HasRealms = yes })),
        ("dialect-", ReadDialect),
        ("ro-", static (ref ZbcConfiguration c, string v) => ReadZones(v, "ro-", out ImmutableArray<int> z) ?? Set(ref c, c with { ReadOnlyZones = z })),
        ("offline-", static (ref ZbcConfiguration c, string v) => ReadZones(v, "offline-", out ImmutableArray<int> z) ?? Set(ref c, c with { OfflineZones = z })),
        ("format", static (ref ZbcConfiguration c, string v) => ReadFlag(v, "format") ?? Set(ref c, c with { Format = true })),
        ("import", static (ref ZbcConfiguration c, string v) => ReadFlag(v, "import") ?? Set(ref c, c with { Import = true })),
    ];

    /// <summary>Parses a string.</summary>
    /// <param name="text">The string; its subtype has been matched.</param>
    /// <param name="defaultProfile">The disk to make where neither <c>model-</c> nor <c>type-</c> is given.</param>
    /// <param name="configuration">The parsed string.</param>
    /// <param name="reason">Why it was refused, as a sentence.</param>
    public static bool TryParse(
        ConfigurationString text,
        DeviceProfile defaultProfile,
        [NotNullWhen(true)] out ZbcConfiguration? configuration,
        [NotNullWhen(false)] out string? reason)
    {
        configuration = null;
        if (!text.Options.IsEmpty)
        {
            reason = $"The {text.Subtype} handler has no option ';{text.Options[0].Key}'; its options stand before '@', as in 'zbc/model-HM/zsize-256@/srv/zbc.img'.";
            return false;
        }

        string rest = text.Path;
        int at = rest.StartsWith('/') ? 0 : rest.IndexOf('@', StringComparison.Ordinal) + 1;
        if (at == 0 && !rest.StartsWith('/'))
        {
            reason = $"'{text}' names no image: write '{text.Subtype}//path' or '{text.Subtype}/option/...@/path'.";
            return false;
        }

        string path = rest[at..];
        reason = CheckPath(path, text.Subtype);
        var parsed = new ZbcConfiguration { Path = path, Profile = defaultProfile };
        if (reason is null && at > 0)
        {
            reason = ReadOptions(ref parsed, rest[..(at - 1)]);
        }

        reason ??= parsed is { Format: true, Import: true } ? "The options 'format' and 'import' exclude each other: one discards what the other keeps." : null;
        configuration = reason is null ? parsed : null;
        return reason is null;
    }

    private static string? ReadOptions(ref ZbcConfiguration configuration, string options)
    {
        // "zbc/@/path" and a '/' before the '@' have always been accepted.
        options = options.EndsWith('/') ? options[..^1] : options;
        foreach (string option in options.Length == 0 ? [] : options.Split('/'))
        {
            (string name, OptionReader? read) = Array.Find(s_options, known => option.StartsWith(known.Name, StringComparison.Ordinal));
            if (read is null)
            {
                return $"There is no option '{option}'; known are: {string.Join(' ', s_options.Select(known => known.Name))}.";
            }

            if (read(ref configuration, option[name.Length..]) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    private static string? CheckPath(string path, string subtype)
    {
        if (!path.StartsWith('/'))
        {
            return $"The path '{path}' is not absolute; write '{subtype}//srv/zbc.img' or '{subtype}/model-HM@/srv/zbc.img'.";
        }

        if (path.EndsWith('/'))
        {
            return $"The path '{path}' names a directory, not an image.";
        }

        int bytes = Encoding.UTF8.GetByteCount(path);
        return bytes > MaximumPathBytes ? $"The path has {bytes} bytes; the kernel allows {MaximumPathBytes}." : null;
    }

    private static string? Set(ref ZbcConfiguration configuration, ZbcConfiguration value)
    {
        configuration = value;
        return null;
    }

    private static string? ReadModel(ref ZbcConfiguration configuration, string value) => value switch
    {
        "HM" => Set(ref configuration, configuration with { Profile = DeviceProfile.Find("HM_ZONED_1PCNT_B")!, IsProfileGiven = true }),
        "HA" => Set(ref configuration, configuration with { Profile = DeviceProfile.Find("HA_ZONED_1PCNT_B")!, IsProfileGiven = true }),
        _ => $"'model-{value}' is no model: HM or HA is wanted.",
    };

    private static string? ReadType(ref ZbcConfiguration configuration, string value) => DeviceProfile.Find(value) is { } profile
        ? Set(ref configuration, configuration with { Profile = profile, IsProfileGiven = true })
        : $"'type-{value}' is no type; known are: {string.Join(' ', DeviceProfile.All.Select(known => known.Name))}.";

    private static string? ReadDialect(ref ZbcConfiguration configuration, string value) => value switch
    {
        "z2" => Set(ref configuration, configuration with { Dialect = Dialect.Zbc2 }),
        "d5" => Set(ref configuration, configuration with { Dialect = Dialect.Draft5 }),
        _ => $"'dialect-{value}' is no dialect: z2 or d5 is wanted.",
    };

    private static string? ReadZoneSize(ref ZbcConfiguration configuration, string value)
    {
        if (ReadSize(value, "zsize-", out long bytes) is { } reason)
        {
            return reason;
        }

        return BitOperations.IsPow2(bytes)
            ? Set(ref configuration, configuration with { ZoneBytes = bytes })
            : $"'zsize-{value}' is not a power of two.";
    }

    private static string? ReadGain(ref ZbcConfiguration configuration, string value)
    {
        const decimal largest = 100;
        bool isNumber = decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal gain);
        int percent = isNumber && gain <= largest ? (int)(gain * 100) : 0;
        return percent > 100
            ? Set(ref configuration, configuration with { GainPercent = percent })
            : $"'sgain-{value}' is no gain: a number above 1.00 and up to {largest} is wanted, such as 1.25.";
    }

    private static string? ReadBlock(string value, string option, out int bytes) =>
        ReadCount(value, option, 1, out bytes) ?? (bytes is 512 or 4096 ? null : $"'{option}{value}' is no block size: 512 or 4096 is wanted.");

    private static string? ReadPhysicalBlock(string value, out int bytes) =>
        ReadCount(value, "phys-", 1, out bytes)
        ?? (bytes is >= 512 and <= 4096 && BitOperations.IsPow2(bytes) ? null : $"'phys-{value}' is no physical block size: 512 to 4096 is wanted.");

    // MiB, or KiB with a K behind.
    private static string? ReadSize(string value, string option, out long bytes)
    {
        bool isKibibytes = value.EndsWith('K');
        bytes = 0;
        if (!long.TryParse(isKibibytes ? value[..^1] : value, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            return $"'{option}{value}' is no size: MiB, or KiB with a K behind, is wanted.";
        }

        long unit = isKibibytes ? Kibibyte : Mebibyte;
        if (number < 1 || number > MaximumZoneBytes / unit)
        {
            return $"'{option}{value}' is out of range: 1K to {MaximumZoneBytes / Mebibyte} is wanted.";
        }

        bytes = number * unit;
        return null;
    }

    private static string? ReadCount(string value, string option, int least, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least
            ? null
            : $"'{option}{value}' is no count: a number from {least} on is wanted.";

    private static string? ReadYes(string value, string option, out bool yes)
    {
        yes = value == "y";
        return value is "y" or "n" ? null : $"'{option}{value}': y or n is wanted.";
    }

    private static string? ReadFlag(string value, string option) => value.Length == 0 ? null : $"There is no option '{option}{value}'; '{option}' takes no value.";

    private static string? ReadZones(string value, string option, out ImmutableArray<int> zones)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (string part in value.Split(','))
        {
            if (ReadCount(part, option, 0, out int number) is not null || numbers.Count == MaximumListedZones)
            {
                zones = [];
                return $"'{option}{value}' is no list of zones: up to {MaximumListedZones} zone numbers with commas between are wanted.";
            }

            numbers.Add(number);
        }

        zones = numbers.ToImmutable();
        return null;
    }
}
