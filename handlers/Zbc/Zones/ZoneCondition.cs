// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>ZONE CONDITION of a zone descriptor (ZBC-2 REPORT ZONES).</summary>
internal enum ZoneCondition : byte
{
    NotWritePointer = 0x0,
    Empty = 0x1,
    ImplicitlyOpened = 0x2,
    ExplicitlyOpened = 0x3,
    Closed = 0x4,
    Inactive = 0x5,
    ReadOnly = 0xD,
    Full = 0xE,
    Offline = 0xF,
}
