// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Ctl;

/// <summary>Sizes as people write and read them. Units are powers of 1024, as in targetcli: 10G, 10GB, 10GiB and 10g are the same.</summary>
internal static class ByteSize
{
    private const string Units = "BKMGTPE";

    /// <summary>Reads a size, as in <c>512</c>, <c>10G</c> or <c>1.5TiB</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size, at least 1 and a whole number.</param>
    internal static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int end = trimmed.LastIndexOfAnyInRange('0', '9') + 1;
        ReadOnlySpan<char> unit = trimmed[end..].Trim();
        int power = 0;
        if (unit.Length > 0)
        {
            power = Units.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal);
            bool isSpelt = unit[1..] is "" || (power > 0 && (unit[1..].Equals("B", StringComparison.OrdinalIgnoreCase)
                || unit[1..].Equals("iB", StringComparison.OrdinalIgnoreCase)));
            if (power < 0 || !isSpelt)
            {
                return false;
            }
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(trimmed[..end], Style, CultureInfo.InvariantCulture, out decimal number))
        {
            return false;
        }

        // A decimal has 28 digits: more than the product of 2^64 and any fraction worth writing.
        decimal product = number <= ulong.MaxValue ? number * (1UL << (10 * power)) : -1;
        if (product is < 1 or > ulong.MaxValue || decimal.Truncate(product) != product)
        {
            return false;
        }

        bytes = (ulong)product;
        return true;
    }

    /// <summary>Writes a size with three or four digits: <c>512B</c>, <c>1.0KiB</c>, <c>10.0GiB</c>.</summary>
    internal static string Format(double bytes)
    {
        int power = 0;
        while (bytes >= 1024 && power < Units.Length - 1)
        {
            bytes /= 1024;
            power++;
        }

        return power == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes:0}B")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes:0.0}{Units[power]}iB");
    }
}
