// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary>sys/resource.h (values and layout of 64-bit Linux)</summary>
internal static unsafe partial class Libc
{
    internal const int RLIMIT_NOFILE = 7;
    internal const int RUSAGE_THREAD = 1;

    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    internal static partial int SetResourceLimit(int resource, ResourceLimit* limit);

    /// <summary>How often the calling thread has given up the processor of its own accord, to wait for something; 0 where it cannot be told.</summary>
    internal static long VoluntaryContextSwitches()
    {
        ResourceUsage usage;
        return GetResourceUsage(RUSAGE_THREAD, &usage) == 0 ? usage.VoluntaryContextSwitches : 0;
    }

    [LibraryImport(Library, EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, ResourceUsage* usage);

    /// <summary><c>struct rusage</c>, the part that is read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = StructSize)]
    internal struct ResourceUsage
    {
        internal const int StructSize = 144;

        [FieldOffset(128)]
        internal long VoluntaryContextSwitches;
    }

    /// <summary><c>struct rlimit</c></summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ResourceLimit
    {
        internal ulong Current;
        internal ulong Maximum;
    }
}
