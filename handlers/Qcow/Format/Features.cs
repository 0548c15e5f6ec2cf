// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>qcow2 spec, header bytes 72 to 79: who does not know one of these must not open the image.</summary>
[Flags]
internal enum IncompatibleFeatures : ulong
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Reference counts may be wrong and have to be built anew before a write.</summary>
    Dirty = 1 << 0,

    /// <summary>Some structure is damaged: nothing may be written.</summary>
    Corrupt = 1 << 1,

    /// <summary>Guest data lie in another file.</summary>
    ExternalData = 1 << 2,

    /// <summary>Clusters are compressed with something else than deflate; header byte 104 names it.</summary>
    Compression = 1 << 3,

    /// <summary>L2 entries have 128 bits, the second half a bitmap of subclusters.</summary>
    ExtendedL2 = 1 << 4,

    /// <summary>All that this engine knows.</summary>
    Known = Dirty | Corrupt | ExternalData | Compression | ExtendedL2,
}

/// <summary>qcow2 spec, header bytes 80 to 87: may be ignored.</summary>
[Flags]
internal enum CompatibleFeatures : ulong
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Reference counts may lag behind while the dirty bit is set.</summary>
    LazyRefcounts = 1 << 0,
}

/// <summary>qcow2 spec, header bytes 88 to 95: who writes and does not keep the promise clears the bit first.</summary>
[Flags]
internal enum AutoclearFeatures : ulong
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>The persistent dirty bitmaps agree with the data.</summary>
    Bitmaps = 1 << 0,

    /// <summary>The external data file is a raw image of the disk.</summary>
    RawExternalData = 1 << 1,
}

/// <summary>qcow2 spec, header byte 104.</summary>
internal enum CompressionType : byte
{
    /// <summary>Deflate without a zlib header.</summary>
    Deflate = 0,

    /// <summary>Zstandard.</summary>
    Zstandard = 1,
}

/// <summary>qcow2 spec, header bytes 32 to 35.</summary>
internal enum EncryptionMethod
{
    /// <summary>Plain data.</summary>
    None = 0,

    /// <summary>QEMU's old AES-CBC scheme.</summary>
    Aes = 1,

    /// <summary>LUKS, with its header inside the image.</summary>
    Luks = 2,
}
