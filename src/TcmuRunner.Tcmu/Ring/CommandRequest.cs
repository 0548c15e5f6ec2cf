// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>A command entry as the kernel wrote it (<c>struct tcmu_cmd_entry</c>, <c>req</c>).</summary>
/// <remarks>
/// <code>
///   0        8         12             16            20     24         32             48
///   +--------+---------+--------------+-------------+------+----------+--- pads  ---+--- iov[] ... --- cdb ---
///   | header | iov_cnt | iov_bidi_cnt | iov_dif_cnt | hole | cdb_off  |             | {base, length} * counts
///   +--------+---------+--------------+-------------+------+----------+-------------+-------------------------
/// </code>
/// Bases and <c>cdb_off</c> are offsets from the mailbox. The response overlays all of this, so it is copied out before anything is
/// answered. Keep in sync with linux/target_core_user.h, 64-bit layout.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = VectorsOffset)]
internal readonly struct CommandRequest
{
    /// <summary>The shortest command entry: room for the response.</summary>
    internal const int MinimumEntryBytes = 112;

    internal const int VectorCountOffset = 8;
    internal const int BidirectionalVectorCountOffset = 12;
    internal const int ProtectionVectorCountOffset = 16;
    internal const int CdbOffsetOffset = 24;
    internal const int VectorsOffset = 48;

    /// <summary>Vectors of the Data-Out buffer, or of the Data-In buffer where there is only one.</summary>
    [FieldOffset(VectorCountOffset)]
    internal readonly uint VectorCount;

    /// <summary>Vectors of the Data-In buffer of a bidirectional command; they follow the others.</summary>
    [FieldOffset(BidirectionalVectorCountOffset)]
    internal readonly uint BidirectionalVectorCount;

    /// <summary>Vectors of protection information; zero in every kernel so far.</summary>
    [FieldOffset(ProtectionVectorCountOffset)]
    internal readonly uint ProtectionVectorCount;

    /// <summary>Where the CDB stands, in bytes from the mailbox; inside this entry.</summary>
    [FieldOffset(CdbOffsetOffset)]
    internal readonly ulong CdbOffset;
}
