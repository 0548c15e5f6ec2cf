// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>A command's claim on a range of blocks; see <see cref="RangeLock"/>.</summary>
internal sealed class RangeTicket : WaitTicket
{
    /// <summary>First block.</summary>
    internal long First { get; set; }

    /// <summary>The block behind the last one.</summary>
    internal long End { get; set; }

    /// <summary>Whether no other write may touch the range meanwhile.</summary>
    internal bool IsExclusive { get; set; }

    internal bool ConflictsWith(RangeTicket other) =>
        (IsExclusive || other.IsExclusive) && First < other.End && other.First < End;
}
