// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A range of a device in one state.</summary>
/// <param name="LengthBytes">How many bytes from the asked offset on are in that state; at least one block on success.</param>
/// <param name="State">The state.</param>
/// <param name="Status">Whether the question could be answered; the other two count only when it is good.</param>
public readonly record struct Extent(long LengthBytes, ExtentState State, IoStatus Status = default);
