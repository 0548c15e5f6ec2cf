// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>The part of a range of blocks that lies in one zone.</summary>
/// <param name="Zone">The zone's number.</param>
/// <param name="IsGap">Whether the part lies in a gap zone: one of its own, or the one between a zone's capacity and the next zone.</param>
/// <param name="Offset">First block of the part, from the start of the zone.</param>
/// <param name="Count">How many blocks.</param>
internal readonly record struct ZonePiece(int Zone, bool IsGap, long Offset, long Count);
