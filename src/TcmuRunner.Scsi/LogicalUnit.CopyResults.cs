// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>What is told of copies: RECEIVE COPY RESULTS (SPC-4 6.24) and the Third-Party Copy VPD page 8Fh (SPC-4 7.8.17).</content>
public sealed partial class LogicalUnit
{
    private const byte ExtendedCopyCode = 0x83;
    private const byte ReceiveCopyResultsCode = 0x84;
    private const byte CopyStatusAction = 0x00;
    private const byte OperatingParametersAction = 0x03;
    private const uint LongestCopySegment = ushort.MaxValue;
    private const int ConcurrentCopies = 255;

    internal ValueTask<IoStatus> ReceiveCopyResults(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[10..]);
        return (cdb[1] & CommandTable.ServiceActionMask) == OperatingParametersAction
            ? ReplyOperatingParameters(task, allocationLength)
            : ReplyCopyStatus(task, cdb[2], allocationLength);
    }

    private ValueTask<IoStatus> ReplyCopyStatus(ScsiTask task, byte listIdentifier, uint allocationLength)
    {
        CopyResult? result;
        lock (_copies)
        {
            result = _copies.Find(copy => copy.IsNamed(task.Nexus, listIdentifier));
        }

        if (result is null)
        {
            return InvalidFieldInCdb(task);
        }

        // The count is in KiB where it would not fit in bytes.
        long bytes = result.Bytes;
        bool fits = bytes <= uint.MaxValue;
        Span<byte> data = stackalloc byte[12];
        data.Clear();
        data[3] = 8; // available data
        data[4] = result.Status;
        BinaryPrimitives.WriteUInt16BigEndian(data[5..], (ushort)result.Segments);
        data[7] = (byte)(fits ? 0 : 1);
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], (uint)(fits ? bytes : bytes >> 10));
        return Reply(task, data, allocationLength);
    }

    private ValueTask<IoStatus> ReplyOperatingParameters(ScsiTask task, uint allocationLength)
    {
        const byte supportsNoListIdentifier = 0x01;
        Span<byte> buffer = stackalloc byte[64];
        buffer.Clear();
        var writer = new ReplyWriter(buffer);
        writer.UInt32(0); // available data
        writer.Byte(supportsNoListIdentifier);
        writer.Reserved(3);
        writer.UInt16(CopyRequest.MostTargets);
        writer.UInt16(CopyRequest.MostSegments);
        writer.UInt32(CopyRequest.LongestDescriptorList);
        writer.UInt32(LongestCopySegment << _device.BlockShift);
        writer.UInt32(0); // inline data
        writer.UInt32(0); // held data
        writer.UInt32(0); // stream device transfer size
        writer.UInt16(0);
        writer.UInt16(ConcurrentCopies);
        writer.Byte(ConcurrentCopies);
        writer.Byte(_device.BlockShift); // data segment granularity
        writer.Byte(0);
        writer.Byte(0);
        writer.Reserved(3);
        writer.Byte(2); // implemented descriptors
        writer.Bytes([CopySegment.DescriptorType, CopyTarget.DescriptorType]);
        writer.SetLength32(0);
        return Reply(task, writer.Written, allocationLength);
    }

    private void WriteThirdPartyCopy(ref ReplyWriter writer)
    {
        // Supported commands.
        writer.UInt16(0x0001);
        writer.UInt16(0x000C);
        writer.Byte(7);
        writer.Bytes([ExtendedCopyCode, 1, 0x00]);
        writer.Bytes([ReceiveCopyResultsCode, 2, CopyStatusAction, OperatingParametersAction]);
        writer.Reserved(4);

        // Parameter data.
        writer.UInt16(0x0004);
        writer.UInt16(0x001C);
        writer.Reserved(4);
        writer.UInt16(CopyRequest.MostTargets);
        writer.UInt16(CopyRequest.MostSegments);
        writer.UInt32(CopyRequest.LongestDescriptorList);
        writer.UInt32(0); // inline data
        writer.Reserved(12);

        // Supported descriptors.
        writer.UInt16(0x0008);
        writer.UInt16(0x0004);
        writer.Bytes([2, CopySegment.DescriptorType, CopyTarget.DescriptorType, 0]);

        // General copy operations.
        writer.UInt16(0x8001);
        writer.UInt16(0x0020);
        writer.UInt32(ConcurrentCopies);
        writer.UInt32(ConcurrentCopies);
        writer.UInt32(LongestCopySegment << _device.BlockShift);
        writer.Byte(_device.BlockShift); // data segment granularity
        writer.Byte(0); // inline data granularity
        writer.Reserved(18);
    }
}
