// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>qcow2 spec, Feature name table: rows of type, bit number and a name of 46 bytes.</summary>
internal static class FeatureNameTable
{
    private const int RowBytes = 48;
    private const int NameOffset = 2;

    /// <summary>Names bits for a message: <c>"frobnicate" (bit 7)</c>, or just the number where the table has no name.</summary>
    /// <param name="table">The extension's bytes; empty where the image has none. Untrusted.</param>
    /// <param name="type">0 for incompatible bits, 1 compatible, 2 autoclear.</param>
    /// <param name="bits">The bits to name.</param>
    public static string Describe(ImmutableArray<byte> table, byte type, ulong bits)
    {
        var names = new List<string>();
        while (bits != 0)
        {
            int bit = BitOperations.TrailingZeroCount(bits);
            bits &= bits - 1;
            string? name = Find(table.AsSpan(), type, bit);
            names.Add(name is null ? $"bit {bit}" : $"'{name}' (bit {bit})");
        }

        return string.Join(", ", names);
    }

    private static string? Find(ReadOnlySpan<byte> table, byte type, int bit)
    {
        for (; table.Length >= RowBytes; table = table[RowBytes..])
        {
            if (table[0] == type && table[1] == bit)
            {
                ReadOnlySpan<byte> name = table[NameOffset..RowBytes];
                int end = name.IndexOf((byte)0);
                return Printable(name[..(end < 0 ? name.Length : end)]);
            }
        }

        return null;
    }

    // The name goes into logs and terminals.
    private static string Printable(ReadOnlySpan<byte> name) =>
        string.Concat(Encoding.UTF8.GetString(name).Select(character => char.IsControl(character) ? '?' : character));
}
