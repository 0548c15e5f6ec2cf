// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Native;

/// <summary>errno.h, as far as callbacks of sd-bus return it.</summary>
internal static class Errno
{
    internal const int InputOutput = 5, InvalidArgument = 22;
}
