// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A snapshot inside an image.</summary>
/// <param name="Id">Its number in the image.</param>
/// <param name="Name">Its name.</param>
/// <param name="Time">When it was made.</param>
/// <param name="SizeBytes">Size of the disk then, in bytes.</param>
public sealed record ImageSnapshot(string Id, string Name, DateTimeOffset Time, long SizeBytes);
