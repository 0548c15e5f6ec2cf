// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>A whole state of the image, in one of two places that are written in turn.</summary>
/// <remarks>
/// <code>
///  0 magic 8 │ 8 generation 8 │ 16 image id 16 │ 32 length of the content 4 │ 36 checksum of the content 4 │ ... 4092 checksum │ 4096 content
/// </code>
/// The content: parameters, one word for each zone, one byte for each realm.
/// </remarks>
internal static class Checkpoint
{
    private const int GenerationOffset = 8;
    private const int ImageOffset = 16;
    private const int LengthOffset = 32;
    private const int PayloadChecksumOffset = 36;

    public static void Write(ImageHeader header, long generation, ImageState state, Span<byte> bytes)
    {
        Span<byte> block = bytes[..ImageFormat.BlockBytes];
        Span<byte> payload = bytes.Slice(ImageFormat.BlockBytes, ImageFormat.PayloadBytes(header.ZoneCount, header.RealmCount));
        block.Clear();
        state.Parameters.Write(payload);
        MemoryMarshal.AsBytes(state.Zones.AsSpan()).CopyTo(payload[ImageFormat.ParametersBytes..]);
        state.RealmDomains.CopyTo(payload[^header.RealmCount..]);
        ImageFormat.CheckpointMagic.CopyTo(block);
        BinaryPrimitives.WriteInt64LittleEndian(block[GenerationOffset..], generation);
        header.Id.TryWriteBytes(block[ImageOffset..]);
        BinaryPrimitives.WriteInt32LittleEndian(block[LengthOffset..], payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(block[PayloadChecksumOffset..], ImageFormat.Checksum(payload));
        BinaryPrimitives.WriteUInt32LittleEndian(block[ImageFormat.ChecksumOffset..], ImageFormat.Checksum(block[..ImageFormat.ChecksumOffset]));
    }

    /// <summary>Reads a checkpoint that may be anything.</summary>
    /// <returns>Its generation and state; null where it is not whole, or another image's.</returns>
    public static (long Generation, ImageState State)? Read(ImageHeader header, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> block = bytes[..ImageFormat.BlockBytes];
        ReadOnlySpan<byte> payload = bytes.Slice(ImageFormat.BlockBytes, ImageFormat.PayloadBytes(header.ZoneCount, header.RealmCount));
        bool isWhole = block[..8].SequenceEqual(ImageFormat.CheckpointMagic)
            && BinaryPrimitives.ReadUInt32LittleEndian(block[ImageFormat.ChecksumOffset..]) == ImageFormat.Checksum(block[..ImageFormat.ChecksumOffset])
            && new Guid(block.Slice(ImageOffset, 16)) == header.Id
            && BinaryPrimitives.ReadInt32LittleEndian(block[LengthOffset..]) == payload.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(block[PayloadChecksumOffset..]) == ImageFormat.Checksum(payload);
        if (!isWhole)
        {
            return null;
        }

        var zones = new ulong[header.ZoneCount];
        payload.Slice(ImageFormat.ParametersBytes, zones.Length * sizeof(ulong)).CopyTo(MemoryMarshal.AsBytes(zones.AsSpan()));
        return (
            BinaryPrimitives.ReadInt64LittleEndian(block[GenerationOffset..]),
            new ImageState(zones, payload[^header.RealmCount..].ToArray(), DeviceParameters.Read(payload)));
    }
}
