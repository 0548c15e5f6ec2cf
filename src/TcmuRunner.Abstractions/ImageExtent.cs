// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A piece of a disk in an image.</summary>
/// <param name="OffsetBytes">Where it starts.</param>
/// <param name="LengthBytes">How long it is; at least one byte.</param>
/// <param name="IsMapped">Whether it holds data; otherwise it reads as zeros.</param>
public readonly record struct ImageExtent(long OffsetBytes, long LengthBytes, bool IsMapped);
