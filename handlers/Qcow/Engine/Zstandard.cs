// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>libzstd, loaded when the first cluster needs it: images without zstd work without the library. zstd.h.</summary>
internal static unsafe partial class Zstandard
{
    private const string Library = "libzstd.so.1";

    /// <summary>Why zstd cannot be used here, as a sentence with the package to install; null where it can.</summary>
    public static string? FindObstacle() =>
        NativeLibrary.TryLoad(Library, out _) ? null : $"It is compressed with zstd, and {Library} is not installed (Debian: libzstd1, Fedora: libzstd).";

    /// <summary>Decompresses one frame that produces exactly a cluster.</summary>
    /// <returns>What is wrong, as the end of a sentence; null when the cluster is full.</returns>
    public static string? Decompress(ReadOnlySpan<byte> packed, Span<byte> cluster)
    {
        nint context = ZSTD_createDCtx();
        if (context == 0)
        {
            return "there is no memory for zstd";
        }

        try
        {
            fixed (byte* source = packed)
            {
                fixed (byte* destination = cluster)
                {
                    var input = new ZstdBuffer { Start = source, Size = (nuint)packed.Length };
                    var output = new ZstdBuffer { Start = destination, Size = (nuint)cluster.Length };
                    return Run(context, ref input, ref output);
                }
            }
        }
        finally
        {
            _ = ZSTD_freeDCtx(context);
        }
    }

    // A frame may end before the last sector does; decompressing stops when the cluster is full.
    private static string? Run(nint context, ref ZstdBuffer input, ref ZstdBuffer output)
    {
        while (output.Position < output.Size)
        {
            nuint before = input.Position + output.Position;
            nuint result = ZSTD_decompressStream(context, ref output, ref input);
            if (ZSTD_isError(result) != 0)
            {
                return $"zstd: {Marshal.PtrToStringUTF8(ZSTD_getErrorName(result))}";
            }

            if (input.Position + output.Position == before)
            {
                return $"the compressed data end after {output.Position} bytes";
            }
        }

        return null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ZstdBuffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(nint dctx);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(nint zds, ref ZstdBuffer output, ref ZstdBuffer input);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint code);
}
