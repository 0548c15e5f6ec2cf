// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Abstractions;

/// <summary>One piece of native memory; the layout of C's <c>struct iovec</c>, so that a table of them goes to the kernel as it is.</summary>
/// <param name="Base">Address of the first byte.</param>
/// <param name="Length">Length in bytes; zero is legal.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct IoVector(nint Base, nuint Length);
