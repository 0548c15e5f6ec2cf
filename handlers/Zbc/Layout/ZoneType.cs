// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>ZONE TYPE of a zone descriptor (ZBC-2 REPORT ZONES).</summary>
internal enum ZoneType : byte
{
    Conventional = 1,
    SequentialWriteRequired = 2,
    SequentialWritePreferred = 3,
    SequentialOrBeforeRequired = 4,
    Gap = 5,
}
