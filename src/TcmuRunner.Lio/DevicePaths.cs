// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>Checks paths before the kernel's comma-separated settings cut them up.</summary>
internal static class DevicePaths
{
    internal static void Check(string path)
    {
        if (!Path.IsPathFullyQualified(path) || path.AsSpan().ContainsAny(',', '\n', '\r'))
        {
            throw new LioException(LioErrorKind.Invalid, $"'{path}' cannot be used: the path begins with '/', and has neither ',' nor line ends.") { Path = path };
        }
    }
}
