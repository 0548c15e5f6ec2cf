// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <summary><c>rbd_image_info_t</c> of rbd/librbd.h; what stands behind the object size is not used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 160)]
internal struct RbdImageInfo
{
    /// <summary>Size of the image in bytes.</summary>
    [FieldOffset(0)]
    public ulong Size;

    /// <summary>Size of an object in bytes.</summary>
    [FieldOffset(8)]
    public ulong ObjectSize;
}
