// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>The part of the mapping that the data of commands may be in.</summary>
/// <param name="map">The mailbox.</param>
/// <param name="start">First byte of the area, from the mailbox.</param>
/// <param name="end">First byte behind the area, from the mailbox.</param>
internal readonly unsafe struct DataArea(byte* map, ulong start, ulong end)
{
    private readonly ulong _start = start;
    private readonly ulong _end = end;

    /// <summary>The mailbox, which offsets count from.</summary>
    internal byte* Map { get; } = map;

    /// <summary>Whether a range lies in the area; no sum of the two numbers is made that could overflow.</summary>
    /// <param name="offset">First byte, from the mailbox.</param>
    /// <param name="lengthBytes">Length in bytes.</param>
    internal bool Contains(ulong offset, ulong lengthBytes) =>
        offset >= _start && offset <= _end && lengthBytes <= _end - offset;
}
