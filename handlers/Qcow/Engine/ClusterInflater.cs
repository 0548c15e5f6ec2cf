// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Inflates compressed clusters. What follows the compressed data in the last sector is somebody else's and ignored.</summary>
internal static class ClusterInflater
{
    /// <summary>Inflates exactly one cluster.</summary>
    /// <param name="type">How it is compressed.</param>
    /// <param name="packed">The compressed bytes and what follows them. Untrusted.</param>
    /// <param name="cluster">The cluster to fill.</param>
    /// <returns>What is wrong, as the end of a sentence; null when the cluster is full.</returns>
    public static string? Inflate(CompressionType type, IoBuffer packed, Span<byte> cluster) =>
        type == CompressionType.Zstandard ? Zstandard.Decompress(packed.Span, cluster) : InflateDeflate(packed, cluster);

    private static unsafe string? InflateDeflate(IoBuffer packed, Span<byte> cluster)
    {
        fixed (byte* start = packed.Span)
        {
            using var source = new UnmanagedMemoryStream(start, packed.Length);
            using var inflater = new DeflateStream(source, CompressionMode.Decompress);
            try
            {
                int length = inflater.ReadAtLeast(cluster, cluster.Length, throwOnEndOfStream: false);
                return length == cluster.Length ? null : $"the compressed data end after {length} bytes";
            }
            catch (InvalidDataException damage)
            {
                return damage.Message;
            }
        }
    }
}
