// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TcmuRunner.Lio;

/// <summary>Checks, writes in one form and generates the names of targets and initiators.</summary>
public static partial class WorldWideName
{
    private const int MaximumIqnBytes = 223; // RFC 7143 4.2.7.2

    /// <summary>A new random name of a kind, in the form that LIO's tools use.</summary>
    /// <param name="kind">Any kind.</param>
    /// <returns>A name that <see cref="Normalize"/> leaves as it is.</returns>
    public static string Generate(WorldWideNameKind kind) => kind switch
    {
        WorldWideNameKind.Iqn => $"iqn.2003-01.org.linux-iscsi.{HostLabel()}.{ArchitectureLabel()}:sn.{RandomHex(12)}",

        // 5: IEEE registered; 001405 is the organization that LIO's names are in.
        WorldWideNameKind.Naa => $"naa.5001405{RandomHex(9)}",
        WorldWideNameKind.Eui => $"eui.001405{RandomHex(10)}",
        WorldWideNameKind.InfiniBand => $"ib.{RandomHex(32)}",
        _ => Guid.NewGuid().ToString(),
    };

    /// <summary>Checks a name against the kinds that a fabric takes and writes it in the form that LIO's tools use.</summary>
    /// <param name="name">As a person writes it: upper case, colons, dashes, <c>0x</c>, with or without <c>naa.</c></param>
    /// <param name="kinds">The kinds, the fabric's own first.</param>
    /// <returns>The name and its kind.</returns>
    /// <exception cref="LioException"><see cref="LioErrorKind.Invalid"/>: it is of no such kind.</exception>
    public static (string Name, WorldWideNameKind Kind) Normalize(string name, params ReadOnlySpan<WorldWideNameKind> kinds)
    {
        foreach (WorldWideNameKind kind in kinds)
        {
            string candidate = Clean(name, kind);
            if (IsValid(candidate, kind))
            {
                return (candidate, kind);
            }
        }

        var expected = new StringBuilder();
        foreach (WorldWideNameKind kind in kinds)
        {
            expected.Append(expected.Length == 0 ? "" : " or ").Append(Example(kind));
        }

        throw new LioException(LioErrorKind.Invalid, $"'{name}' is not a name that this fabric takes; it takes names such as {expected}.");
    }

    private static bool IsValid(string name, WorldWideNameKind kind) => kind switch
    {
        WorldWideNameKind.Iqn => Iqn().IsMatch(name) && Encoding.UTF8.GetByteCount(name) <= MaximumIqnBytes,
        WorldWideNameKind.Naa => Naa().IsMatch(name),
        WorldWideNameKind.Eui => Eui().IsMatch(name),
        WorldWideNameKind.InfiniBand => InfiniBand().IsMatch(name),
        _ => Free().IsMatch(name),
    };

    private static string Clean(string name, WorldWideNameKind kind)
    {
        name = name.Trim();
        if (kind == WorldWideNameKind.Free)
        {
            return name;
        }

        name = name.ToLowerInvariant();
        string? prefix = kind switch
        {
            WorldWideNameKind.Naa => "naa.",
            WorldWideNameKind.Eui => "eui.",
            WorldWideNameKind.InfiniBand => "ib.",
            _ => null,
        };
        if (prefix is null)
        {
            return name;
        }

        string digits = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        digits = digits.StartsWith("0x", StringComparison.Ordinal) ? digits[2..] : digits;
        return prefix + digits.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
    }

    private static string Example(WorldWideNameKind kind) => kind switch
    {
        WorldWideNameKind.Iqn => "iqn.2003-01.org.example:disk1",
        WorldWideNameKind.Naa => "naa.5001405012345678",
        WorldWideNameKind.Eui => "eui.001405a1b2c3d4e5",
        WorldWideNameKind.InfiniBand => "ib. and 32 hexadecimal digits",
        _ => "any text without '/' and white space",
    };

    // The host's name without what an iSCSI name must not hold.
    private static string HostLabel()
    {
        string label = NotInLabel().Replace(Environment.MachineName.Split('.')[0].ToLowerInvariant(), "");
        return label.Length == 0 ? "localhost" : label;
    }

    private static string ArchitectureLabel() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x8664",
        Architecture.X86 => "i686",
        Architecture.Arm64 => "aarch64",
        Architecture other => other.ToString().ToLower(CultureInfo.InvariantCulture),
    };

    private static string RandomHex(int digits) => RandomNumberGenerator.GetHexString(digits, lowercase: true);

    // String preparation (RFC 3722) leaves lower case letters, digits, '-', '.', ':' of ASCII; '_' and white space never.
    [GeneratedRegex(@"^iqn\.[0-9]{4}-(0[1-9]|1[0-2])\.[^\s_/\x00-\x2c\x3b-\x40\x5b-\x60\x7b-\x7f.][^\s_/\x00-\x2c\x3b-\x40\x5b-\x60\x7b-\x7f]*$")]
    private static partial Regex Iqn();

    // 16 digits, or the 32 of NAA 6; 6 with 16 digits is what older tools wrote, and the kernel takes.
    [GeneratedRegex("^naa\\.([1256][0-9a-f]{15}|6[0-9a-f]{31})$")]
    private static partial Regex Naa();

    [GeneratedRegex("^eui\\.[0-9a-f]{16}$")]
    private static partial Regex Eui();

    [GeneratedRegex("^ib\\.[0-9a-f]{32}$")]
    private static partial Regex InfiniBand();

    [GeneratedRegex(@"^[^\s/\x00-\x1f]{1,223}$")]
    private static partial Regex Free();

    [GeneratedRegex("[^a-z0-9-]")]
    private static partial Regex NotInLabel();
}
