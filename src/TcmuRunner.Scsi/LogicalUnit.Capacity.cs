// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>State and size: TEST UNIT READY, REQUEST SENSE, READ CAPACITY, REPORT LUNS.</content>
public sealed partial class LogicalUnit
{
    internal static ValueTask<IoStatus> TestUnitReady() => Good();

    internal ValueTask<IoStatus> RequestSense(ScsiTask task)
    {
        // A unit attention is reported as data, and is then no longer pending (SPC-5 6.39).
        AdditionalSenseCode? attention = _pendingUnitAttentions == 0 ? null : TakeUnitAttention(task.Nexus);
        UnitCondition? condition = attention is null ? _condition : null;
        SenseKey key = attention is null ? condition?.SenseKey ?? SenseKey.NoSense : SenseKey.UnitAttention;
        AdditionalSenseCode code = attention ?? condition?.Code ?? AdditionalSenseCode.None;
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool wantsDescriptors = (cdb[1] & 0x01) != 0;
        Span<byte> data = stackalloc byte[wantsDescriptors ? SenseData.DescriptorLength : SenseData.FixedLength];
        if (wantsDescriptors)
        {
            SenseData.WriteDescriptor(data, key, code);
        }
        else
        {
            SenseData.WriteFixed(data, key, code, null);
            if (condition?.Progress is >= 0 and var progress)
            {
                SenseData.SetProgress(data, (ushort)progress);
            }
        }

        return Reply(task, data, cdb[4]);
    }

    internal ValueTask<IoStatus> ReadCapacity10(ScsiTask task)
    {
        // RELADR and PMI are obsolete: whoever sets them expects something else than he would get.
        ReadOnlySpan<byte> cdb = task.Cdb;
        if ((cdb[1] & 0x01) != 0 || (cdb[8] & 0x01) != 0)
        {
            return InvalidFieldInCdb(task);
        }

        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)Math.Min(ReportedBlockCount - 1, uint.MaxValue));
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], (uint)_device.BlockSizeBytes);
        return Reply(task, data, uint.MaxValue);
    }

    internal ValueTask<IoStatus> ReadCapacity16(ScsiTask task)
    {
        const byte provisioningManaged = 0x80;
        const byte readsZeros = 0x40;
        BackingDevice device = _device;
        Span<byte> data = stackalloc byte[32];
        data.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(data, (ulong)(ReportedBlockCount - 1));
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], (uint)device.BlockSizeBytes);
        data[12] = ReadCapacityBasis;
        data[13] = (byte)_limits.PhysicalBlockExponent;
        data[14] = (byte)((device.Unmap is null ? 0 : provisioningManaged) | (device.UnmapsToZeros ? readsZeros : 0));
        return Reply(task, data, BinaryPrimitives.ReadUInt32BigEndian(task.Cdb[10..]));
    }

    internal ValueTask<IoStatus> ReportLuns(ScsiTask task)
    {
        // A logical unit knows only itself: a front that has several answers before it comes here. SPC-5 6.36: at least 16 bytes, reports 00 to 02h.
        ReadOnlySpan<byte> cdb = task.Cdb;
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]);
        byte selectReport = cdb[2];
        if (allocationLength < 16 || selectReport > 2)
        {
            return InvalidFieldInCdb(task);
        }

        Span<byte> data = stackalloc byte[16];
        data.Clear();
        bool wantsWellKnownOnly = selectReport == 1;
        data[3] = (byte)(wantsWellKnownOnly ? 0 : 8);
        return Reply(task, wantsWellKnownOnly ? data[..8] : data, allocationLength);
    }
}
