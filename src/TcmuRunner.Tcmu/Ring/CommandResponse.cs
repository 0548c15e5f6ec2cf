// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>A command entry as we answer it (<c>struct tcmu_cmd_entry</c>, <c>rsp</c>), in the bytes of the request.</summary>
/// <remarks>
/// <code>
///   0        8        9        10       12            16                         112
///   +--------+--------+--------+--------+-------------+---------------------------+
///   | header | status |  pad   |  pad   | read_len    | sense data, 96 bytes      |
///   +--------+--------+--------+--------+-------------+---------------------------+
/// </code>
/// With CHECK CONDITION the kernel copies all 96 bytes, so all of them are written. Keep in sync with linux/target_core_user.h.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct CommandResponse
{
    internal const int SizeBytes = SenseOffset + SenseBytes;
    internal const int StatusOffset = 8;
    internal const int ReadLengthOffset = 12;
    internal const int SenseOffset = 16;
    internal const int SenseBytes = 96;

    /// <summary>Shared with the request.</summary>
    [FieldOffset(0)]
    internal EntryHeader Header;

    /// <summary>SCSI status.</summary>
    [FieldOffset(StatusOffset)]
    internal ScsiStatus Status;

    /// <summary>Bytes that a read returns; counts only with <see cref="UserFlags.ReadLength"/>, and zero means all.</summary>
    [FieldOffset(ReadLengthOffset)]
    internal uint ReadLength;
}
