// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>A piece of the data area as the ring names it: the kernel's <c>struct iovec</c> with an offset for an address.</summary>
/// <param name="Offset">First byte, from the mailbox.</param>
/// <param name="LengthBytes">Length in bytes; zero is legal.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RingVector(ulong Offset, ulong LengthBytes);
