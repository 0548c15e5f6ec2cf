// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>The kinds of image that the handler serves.</summary>
internal enum ImageFormat
{
    /// <summary>Byte n of the disk is byte n of the file.</summary>
    Raw = 0,

    /// <summary>QEMU's first copy-on-write format (version 1).</summary>
    Qcow1 = 1,

    /// <summary>qcow2, header versions 2 and 3.</summary>
    Qcow2 = 2,
}

/// <summary>Tells formats apart by their first bytes.</summary>
internal static class ImageProbe
{
    /// <summary>"QFI" and FBh, the first four bytes of every qcow and qcow2 image.</summary>
    public const uint Magic = 0x514649FB;

    /// <summary>The format of an image from its first bytes; without the magic it is raw.</summary>
    /// <returns>False for the magic with a version that nobody has defined.</returns>
    public static bool TryDetect(ReadOnlySpan<byte> start, out ImageFormat format, out uint version)
    {
        format = ImageFormat.Raw;
        version = 0;
        if (start.Length < 8 || BinaryPrimitives.ReadUInt32BigEndian(start) != Magic)
        {
            return true;
        }

        version = BinaryPrimitives.ReadUInt32BigEndian(start[4..]);
        format = version == 1 ? ImageFormat.Qcow1 : ImageFormat.Qcow2;
        return version is 1 or 2 or 3;
    }
}
