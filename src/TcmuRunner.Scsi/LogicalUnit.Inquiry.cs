// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>INQUIRY: standard data and vital product data (SPC-5 6.6 and 7.7, SBC-4 6.6).</content>
public sealed partial class LogicalUnit
{
    private const int LargestPage = 2048;
    private const byte CommandQueuing = 0x02;
    private const byte RemovableMedium = 0x80;
    private const byte ThirdPartyCopy = 0x08;

    // WABEREQ 01b: blocks can be read after SANITIZE, BLOCK ERASE (SBC-4 6.6.2).
    private const byte ReadableAfterErase = 0x40;
    private const byte ImplicitAccess = 0x10;
    private const byte ExplicitAccess = 0x20;

    internal ValueTask<IoStatus> Inquiry(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool wantsVitalProductData = (cdb[1] & 0x01) != 0;
        byte pageCode = cdb[2];

        // CMDDT (02h) is obsolete and asks for data that no longer exist.
        if ((cdb[1] & 0x02) != 0 || (!wantsVitalProductData && pageCode != 0))
        {
            return InvalidFieldInCdb(task);
        }

        Span<byte> buffer = stackalloc byte[LargestPage];
        buffer.Clear();
        var writer = new ReplyWriter(buffer);
        if (!wantsVitalProductData)
        {
            WriteStandardInquiry(ref writer);
        }
        else if (!TryWriteVitalProductData(ref writer, pageCode, task.Nexus))
        {
            return InvalidFieldInCdb(task);
        }

        return Reply(task, writer.Written, BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]));
    }

    private void WriteStandardInquiry(ref ReplyWriter writer)
    {
        writer.Byte(PeripheralDeviceType); // connected
        writer.Byte(_options.IsRemovable ? RemovableMedium : 0x00);
        writer.Byte(0x06); // SPC-4
        writer.Byte(0x02); // response data format 2
        writer.Byte(0x00); // additional length
        writer.Byte(ThirdPartyCopy | AsymmetricAccessBits());
        writer.Byte(0x00);
        writer.Byte(CommandQueuing);
        writer.Text(UnitIdentity.Vendor);
        writer.Text(_device.Characteristics.Zones?.ProductIdentification?.PadRight(16)[..16] ?? UnitIdentity.Product);
        writer.Text(UnitIdentity.Revision);
        writer.Reserved(22); // vendor specific and reserved
        writer.UInt16(0x00A0); // SAM-5
        writer.UInt16(0x0460); // SPC-4
        writer.UInt16(0x04C0); // SBC-3
        writer.UInt16(HasZones ? 0x0620 : 0); // ZBC
        writer.Reserved(8); // four more version descriptors
        writer.SetLength8(4);
    }

    private bool TryWriteVitalProductData(ref ReplyWriter writer, byte pageCode, ItNexus nexus)
    {
        ZonedCharacteristics? zones = _device.Characteristics.Zones;
        writer.Byte(PeripheralDeviceType);
        writer.Byte(pageCode);
        writer.UInt16(0); // page length
        switch (pageCode)
        {
            case 0x00:
                writer.Bytes([0x00, 0x80, 0x83, 0x86, 0x8F, 0xB0, 0xB1, 0xB2]);
                writer.Bytes(zones is null ? [] : [0xB6]);
                break;
            case 0x80:
                WriteUnitSerialNumber(ref writer);
                break;
            case 0x83:
                WriteDesignators(ref writer, nexus);
                break;
            case 0x86:
                WriteExtendedInquiry(ref writer);
                break;
            case 0x8F:
                WriteThirdPartyCopy(ref writer);
                break;
            case 0xB0:
                WriteBlockLimits(ref writer);
                break;
            case 0xB1:
                // Rotation rate 1: does not rotate; 0: not reported. Bytes up to 63 are zero.
                writer.UInt16(_device.Characteristics.IsSolidState ? 1 : 0);
                writer.Byte(0x00);
                writer.Byte(HasZones ? 0x00 : ReadableAfterErase);
                writer.UInt16(zones?.BlockDeviceFlags ?? 0);
                writer.Reserved(54);
                break;
            case 0xB2:
                WriteLogicalBlockProvisioning(ref writer);
                break;
            case 0xB6 when zones is not null:
                WriteZonedBlockDeviceCharacteristics(ref writer);
                break;
            default:
                return false;
        }

        writer.SetLength16(2);
        return true;
    }

    private void WriteUnitSerialNumber(ref ReplyWriter writer)
    {
        // Without a serial number the field is spaces (SPC-5 7.7.16). The kernel's ends with a NUL that counts; so does this one.
        if (SerialNumber() is { } serial)
        {
            writer.Text(serial);
            writer.Byte(0x00);
        }
        else
        {
            writer.Text("    ");
        }
    }

    // Extended INQUIRY Data (SPC-5 7.7.7): no protection information, task attributes, a volatile cache if there is one.
    private void WriteExtendedInquiry(ref ReplyWriter writer)
    {
        const byte headOrderedSimple = 0x07;
        const byte volatileCache = 0x01;
        const byte attentionsClearedByNexus = 0x01; // LUICLR
        writer.Byte(0x00);
        writer.Byte(headOrderedSimple);
        writer.Byte(_device.HasVolatileCache ? volatileCache : 0x00);
        writer.Byte(attentionsClearedByNexus);
        writer.Reserved(56);
    }

    private void WriteBlockLimits(ref ReplyWriter writer)
    {
        BackingDevice device = _device;
        BlockLimits limits = _limits;
        bool canUnmap = device.Unmap is not null;
        writer.Byte(0x01); // WSNZ: WRITE SAME of zero blocks is refused
        writer.Byte(limits.CompareAndWrite);
        writer.UInt16(limits.PhysicalBlockExponent == 0 ? 0 : 1 << limits.PhysicalBlockExponent);
        writer.UInt32(limits.MaximumTransfer);
        writer.UInt32(limits.OptimalTransfer);
        writer.UInt32(0); // maximum prefetch
        writer.UInt32(canUnmap ? limits.Unmap : 0);
        writer.UInt32(canUnmap ? (uint)BlockLimits.UnmapDescriptors : 0);
        writer.UInt32(canUnmap ? limits.UnmapGranularity : 0);
        writer.UInt32(canUnmap ? 0x80000000 : 0); // UGAVALID, alignment 0
        writer.UInt64((ulong)limits.WriteSame);
        writer.Reserved(20); // no atomic writes
    }

    private void WriteLogicalBlockProvisioning(ref ReplyWriter writer)
    {
        const byte unmap = 0x80;
        const byte writeSame16 = 0x40;
        const byte writeSame10 = 0x20;
        const byte readsZeros = 0x04;
        const byte thin = 0x02;
        BackingDevice device = _device;

        // WRITE SAME promises what is read afterwards, so it may unmap only where that reads as zeros.
        byte flags = (device.Unmap is null, device.UnmapsToZeros) switch
        {
            (true, _) => 0,
            (_, true) => unmap | writeSame16 | writeSame10 | readsZeros,
            _ => unmap,
        };
        writer.Byte(0x00); // no threshold sets
        writer.Byte(flags);
        writer.Byte(device.Unmap is null ? 0x00 : thin);
        writer.Byte(0x00);
    }

    private string? SerialNumber() => _options.Environment.UnitSerialNumber is { Length: > 0 } serial
        ? serial[..Math.Min(serial.Length, LongestSerialNumber)]
        : null;
}
