// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>The logical units that one initiator sees, by number. Immutable.</summary>
internal sealed class LunMap
{
    private readonly LunMapping?[] _byNumber;

    private LunMap(IReadOnlyList<LunMapping> mappings)
    {
        Mappings = mappings;
        _byNumber = mappings.Count == 0 ? [] : new LunMapping?[mappings.Max(mapping => mapping.Lun) + 1];
        foreach (LunMapping mapping in mappings)
        {
            _byNumber[mapping.Lun] = mapping;
        }
    }

    internal static LunMap Empty { get; } = new([]);

    /// <summary>The mappings in order of their numbers.</summary>
    internal IReadOnlyList<LunMapping> Mappings { get; }

    /// <summary>Each unit once, although it may have several numbers.</summary>
    internal IEnumerable<LogicalUnit> Units => Mappings.Select(mapping => mapping.Unit).Distinct();

    internal static LunMap Create(IEnumerable<LunMapping> mappings) => new([.. mappings.OrderBy(mapping => mapping.Lun)]);

    /// <summary>The mapping that the eight bytes of a LUN field name, or null.</summary>
    /// <param name="field">The field as a big-endian number.</param>
    internal LunMapping? Find(ulong field)
    {
        // One level only (SAM-5 4.7.6): peripheral device addressing on bus 0, or flat space addressing.
        uint first = (uint)(field >> 48);
        uint number = (first >> 14) switch
        {
            0 when first <= 0xFF => first,
            1 => first & LunMapping.MaximumLun,
            _ => uint.MaxValue,
        };
        return (field & 0xFFFF_FFFF_FFFF) == 0 && number < (uint)_byNumber.Length ? _byNumber[number] : null;
    }

    /// <summary>The eight bytes for a number, as REPORT LUNS has them.</summary>
    internal static ulong ToField(ushort number) => (ulong)(number <= 0xFF ? number : 0x4000u | number) << 48;
}
