// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu;

/// <summary>Error numbers in words.</summary>
internal static class ErrnoText
{
    /// <summary>As in <c>No such file or directory, errno 2</c>.</summary>
    internal static string Describe(int errno) => $"{Marshal.GetPInvokeErrorMessage(errno)}, errno {errno}";
}
