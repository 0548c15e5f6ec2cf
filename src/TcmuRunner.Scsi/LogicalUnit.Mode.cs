// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>MODE SENSE and MODE SELECT (SPC-5 6.13 to 6.16).</content>
public sealed partial class LogicalUnit
{
    private const byte ModeSense10 = 0x5A;
    private const byte ModeSelect10 = 0x55;
    private const int LargestModeList = 512;
    private const int ShortBlockDescriptor = 8;
    private const int LongBlockDescriptor = 16;

    /// <summary>PAGE CONTROL.</summary>
    private enum PageControl
    {
        Current = 0,
        Changeable = 1,
        Default = 2,
        Saved = 3,
    }

    internal ValueTask<IoStatus> ModeSense(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool isLong = cdb[0] == ModeSense10;
        bool wantsDescriptor = (cdb[1] & 0x08) == 0;
        bool wantsLongDescriptor = isLong && (cdb[1] & 0x10) != 0;
        var control = (PageControl)(cdb[2] >> 6);
        if (control == PageControl.Saved)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.SavingParametersNotSupported);
        }

        Span<byte> buffer = stackalloc byte[LargestModeList];
        buffer.Clear();
        var writer = new ReplyWriter(buffer);
        WriteModeHeader(ref writer, isLong, wantsDescriptor, wantsLongDescriptor);
        if (!TryWritePages(ref writer, control, (byte)(cdb[2] & 0x3F), cdb[3]))
        {
            return InvalidFieldInCdb(task);
        }

        if (isLong)
        {
            writer.SetLength16(0);
            return Reply(task, writer.Written, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
        }

        writer.SetLength8(0);
        return Reply(task, writer.Written, cdb[4]);
    }

    internal ValueTask<IoStatus> ModeSelect(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool isLong = cdb[0] == ModeSelect10;
        bool hasPageFormat = (cdb[1] & 0x10) != 0;
        bool wantsSave = (cdb[1] & 0x01) != 0;
        int length = isLong ? BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]) : cdb[4];
        if (!hasPageFormat || wantsSave)
        {
            return InvalidFieldInCdb(task);
        }

        if (length == 0)
        {
            return Good();
        }

        if (length > LargestModeList || length > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
        }

        Span<byte> buffer = stackalloc byte[LargestModeList];
        Span<byte> bytes = buffer[..length];
        task.DataOut.CopyTo(bytes);
        if (!ModeParameterList.TryParse(bytes, isLong, out ModeParameterList list))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
        }

        // All pages are looked at before the first change is made.
        bool writeCache = _writeCacheEnabled;
        bool isProtected = _isSoftwareWriteProtected;
        AdditionalSenseCode error = HasValidDescriptor(list)
            ? CheckPages(list.Pages, ref writeCache, ref isProtected)
            : AdditionalSenseCode.InvalidFieldInParameterList;
        if (error != AdditionalSenseCode.None)
        {
            return Refuse(task, SenseKey.IllegalRequest, error);
        }

        if (isProtected != _isSoftwareWriteProtected)
        {
            _isSoftwareWriteProtected = isProtected;
            RaiseUnitAttention(AdditionalSenseCode.ModeParametersChanged, task.Nexus);
        }

        return writeCache == _writeCacheEnabled ? Good() : SelectWriteCacheAsync(task, writeCache);
    }

    private void WriteModeHeader(ref ReplyWriter writer, bool isLong, bool wantsDescriptor, bool wantsLongDescriptor)
    {
        const byte writeProtected = 0x80;
        const byte forceUnitAccessSupported = 0x10;
        int descriptorLength = (wantsDescriptor, wantsLongDescriptor) switch
        {
            (false, _) => 0,
            (_, true) => LongBlockDescriptor,
            _ => ShortBlockDescriptor,
        };
        byte deviceSpecific = (byte)(forceUnitAccessSupported | (_device.IsReadOnly || _isSoftwareWriteProtected ? writeProtected : 0));
        writer.Reserved(isLong ? 2 : 1); // mode data length, later
        writer.Byte(0x00); // medium type
        writer.Byte(deviceSpecific);
        if (isLong)
        {
            writer.Byte(wantsLongDescriptor && wantsDescriptor ? 0x01 : 0x00);
            writer.Byte(0x00);
            writer.UInt16(descriptorLength);
        }
        else
        {
            writer.Byte(descriptorLength);
        }

        long blockCount = BlockCount;
        switch (descriptorLength)
        {
            case ShortBlockDescriptor:
                writer.UInt32((uint)Math.Min(blockCount, uint.MaxValue));
                writer.UInt32((uint)_device.BlockSizeBytes);
                break;
            case LongBlockDescriptor:
                writer.UInt64((ulong)blockCount);
                writer.UInt32(0);
                writer.UInt32((uint)_device.BlockSizeBytes);
                break;
        }
    }

    private bool TryWritePages(ref ReplyWriter writer, PageControl control, byte pageCode, byte subpageCode)
    {
        if (subpageCode is not (0x00 or ModePages.AllSubpages))
        {
            return false;
        }

        Span<byte> page = stackalloc byte[ModePages.LongestPage];
        bool found = false;
        foreach (byte code in ModePages.Codes)
        {
            if (pageCode != code && pageCode != ModePages.All)
            {
                continue;
            }

            found = true;
            int length = control switch
            {
                PageControl.Changeable => ModePages.WriteChangeable(page, code, CanSwitchWriteCache),
                PageControl.Default => ModePages.Write(page, code, _device.HasVolatileCache, false),
                _ => ModePages.Write(page, code, _writeCacheEnabled, _isSoftwareWriteProtected),
            };
            writer.Bytes(page[..length]);
        }

        return found;
    }

    private bool CanSwitchWriteCache => _device.HasVolatileCache;

    // A descriptor may repeat what is so: the block length, and the number of blocks or "leave it" (SBC-4 6.5.2).
    private bool HasValidDescriptor(ModeParameterList list)
    {
        ReadOnlySpan<byte> descriptor = list.Descriptors;
        if (descriptor.IsEmpty)
        {
            return true;
        }

        if (descriptor.Length != (list.HasLongDescriptors ? LongBlockDescriptor : ShortBlockDescriptor))
        {
            return false;
        }

        ulong blocks;
        ulong leaveIt;
        if (list.HasLongDescriptors)
        {
            blocks = BinaryPrimitives.ReadUInt64BigEndian(descriptor);
            leaveIt = ulong.MaxValue;
        }
        else
        {
            blocks = BinaryPrimitives.ReadUInt32BigEndian(descriptor);
            leaveIt = uint.MaxValue;
        }

        uint blockLength = BinaryPrimitives.ReadUInt32BigEndian(descriptor[^4..]) & (list.HasLongDescriptors ? uint.MaxValue : 0xFFFFFF);
        return blockLength == (uint)_device.BlockSizeBytes && (blocks == 0 || blocks == leaveIt || blocks == (ulong)BlockCount);
    }

    private AdditionalSenseCode CheckPages(ReadOnlySpan<byte> pages, ref bool writeCache, ref bool isProtected)
    {
        Span<byte> current = stackalloc byte[ModePages.LongestPage];
        Span<byte> changeable = stackalloc byte[ModePages.LongestPage];
        while (!pages.IsEmpty)
        {
            // PS is reserved here; SPF announces a subpage, of which there is none.
            byte code = (byte)(pages[0] & 0x3F);
            int length = ModePages.Write(current, code, _writeCacheEnabled, _isSoftwareWriteProtected);
            if (length == 0 || (pages[0] & 0x40) != 0)
            {
                return AdditionalSenseCode.InvalidFieldInParameterList;
            }

            if (pages.Length < 2)
            {
                return AdditionalSenseCode.ParameterListLengthError;
            }

            if (pages[1] != length - 2)
            {
                return AdditionalSenseCode.InvalidFieldInParameterList;
            }

            if (pages.Length < length)
            {
                return AdditionalSenseCode.ParameterListLengthError;
            }

            ModePages.WriteChangeable(changeable, code, CanSwitchWriteCache);
            for (int index = 2; index < length; index++)
            {
                if (((pages[index] ^ current[index]) & ~changeable[index]) != 0)
                {
                    return AdditionalSenseCode.InvalidFieldInParameterList;
                }
            }

            if (code == ModePages.Caching)
            {
                writeCache = (pages[ModePages.WriteCacheOffset] & ModePages.WriteCacheEnable) != 0;
            }

            if (code == ModePages.Control)
            {
                isProtected = (pages[ModePages.SoftwareWriteProtectOffset] & ModePages.SoftwareWriteProtect) != 0;
            }

            pages = pages[length..];
        }

        return AdditionalSenseCode.None;
    }
}
