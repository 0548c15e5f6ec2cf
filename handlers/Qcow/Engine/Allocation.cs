// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Where a write goes that changes the mapping. All but host values are bytes of the disk.</summary>
/// <param name="FirstCluster">The first guest cluster.</param>
/// <param name="Count">How many guest clusters, in a row on both sides.</param>
/// <param name="HostOffset">The first host cluster's offset in the data file.</param>
/// <param name="IsNew">Whether the host clusters were taken from the reserve.</param>
/// <param name="IsZero">Whether the host clusters hold zeros, durably.</param>
/// <param name="CopyStart">What is written at least, unless everything is zero: from here...</param>
/// <param name="CopyEnd">... to here.</param>
/// <param name="DataStart">The guest's data: from here...</param>
/// <param name="DataEnd">... to here.</param>
/// <param name="KeepsOthers">Whether the subclusters outside the copied range stay what they are.</param>
internal readonly record struct Allocation(
    long FirstCluster, long Count, long HostOffset, bool IsNew, bool IsZero, long CopyStart, long CopyEnd, long DataStart, long DataEnd, bool KeepsOthers)
{
    public static Allocation At(
        long firstCluster, long count, long hostOffset, bool isNew, bool isZero, long copyStart, long copyEnd, long offset, long length, bool keepsOthers) =>
        new(firstCluster, count, hostOffset, isNew, isZero, copyStart, copyEnd, offset, Math.Min(offset + length, copyEnd), keepsOthers);
}
