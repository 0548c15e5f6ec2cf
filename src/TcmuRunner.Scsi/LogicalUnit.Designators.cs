// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace TcmuRunner.Scsi;

/// <content>Device Identification VPD page 83h (SPC-5 7.7.6).</content>
public sealed partial class LogicalUnit
{
    // One length byte for a designator, of which the vendor takes eight and the NUL one.
    private const int LongestSerialNumber = 240;
    private const int LongestDesignator = 255;

    private const byte BinaryCodeSet = 0x01;
    private const byte AsciiCodeSet = 0x02;
    private const byte Utf8CodeSet = 0x03;
    private const byte ProtocolValid = 0x80;
    private const byte TargetPortAssociation = 0x10;
    private const byte TargetDeviceAssociation = 0x20;
    private const byte VendorSpecificType = 0x0;
    private const byte T10VendorType = 0x1;
    private const byte NaaType = 0x3;
    private const byte RelativePortType = 0x4;
    private const byte PortGroupType = 0x5;
    private const byte ScsiNameType = 0x8;

    private void WriteDesignators(ref ReplyWriter writer, ItNexus nexus)
    {
        if (SerialNumber() is { } serial)
        {
            WriteTextDesignator(ref writer, AsciiCodeSet, T10VendorType, UnitIdentity.Vendor + serial, false);
            WriteHeader(ref writer, BinaryCodeSet, NaaType, UnitIdentity.NaaLength);
            Span<byte> naa = stackalloc byte[UnitIdentity.NaaLength];
            UnitIdentity.WriteNaa(naa, serial);
            writer.Bytes(naa);
        }

        WriteTextDesignator(ref writer, AsciiCodeSet, VendorSpecificType, _options.Configuration, false);
        if (FindPort(nexus, out TargetPortGroup? group) is { } port)
        {
            WritePortDesignators(ref writer, port, group!);
        }
    }

    private static void WritePortDesignators(ref ReplyWriter writer, TargetPort port, TargetPortGroup group)
    {
        byte protocol = (byte)(port.ProtocolId << 4);
        WriteHeader(ref writer, (byte)(protocol | BinaryCodeSet), ProtocolValid | TargetPortAssociation | RelativePortType, 4);
        writer.UInt16(0);
        writer.UInt16(port.RelativePortId);
        WriteHeader(ref writer, (byte)(protocol | BinaryCodeSet), ProtocolValid | TargetPortAssociation | PortGroupType, 4);
        writer.UInt16(0);
        writer.UInt16(group.Id);
        WriteTextDesignator(
            ref writer,
            (byte)(protocol | Utf8CodeSet),
            ProtocolValid | TargetPortAssociation | ScsiNameType,
            $"{port.TargetName},t,0x{port.PortalGroupTag:x4}",
            true);
        WriteTextDesignator(
            ref writer, (byte)(protocol | Utf8CodeSet), ProtocolValid | TargetDeviceAssociation | ScsiNameType, port.TargetName, true);
    }

    private static void WriteHeader(ref ReplyWriter writer, byte codeSet, byte type, int length)
    {
        writer.Byte(codeSet);
        writer.Byte(type);
        writer.Byte(0x00);
        writer.Byte(length);
    }

    // Text ends with a NUL that counts; a SCSI name is filled up with NULs to a multiple of four (SPC-5 7.7.6.11).
    private static void WriteTextDesignator(ref ReplyWriter writer, byte codeSet, byte type, string text, bool isPadded)
    {
        int longest = (isPadded ? LongestDesignator & ~3 : LongestDesignator) - 1;
        text = text[..Math.Min(text.Length, longest)];
        int length = Encoding.ASCII.GetByteCount(text) + 1;
        int padded = isPadded ? (length + 3) & ~3 : length;
        WriteHeader(ref writer, codeSet, type, padded);
        writer.Text(text);
        writer.Reserved(padded - length + 1);
    }
}
