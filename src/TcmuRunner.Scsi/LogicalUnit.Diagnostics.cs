// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>How the unit is: LOG SENSE (SPC-5 6.7 and 7.3), SEND DIAGNOSTIC and RECEIVE DIAGNOSTIC RESULTS (SPC-5 6.39 and 6.31).</content>
public sealed partial class LogicalUnit
{
    private const byte AllSubpages = 0xFF;
    private const byte TemperaturePage = 0x0D;
    private const byte StartStopPage = 0x0E;
    private const byte InformationalExceptionsPage = 0x2F;
    private const byte UnknownTemperature = 0xFF;
    private const byte FormattedBinary = 0x03;

    private static ReadOnlySpan<byte> LogPages => [0x00, TemperaturePage, StartStopPage, InformationalExceptionsPage];

    internal static ValueTask<IoStatus> LogSense(ScsiTask task)
    {
        const byte saveParameters = 0x01;
        const byte parameterPointerControl = 0x02;
        const int cumulativeValues = 1;
        ReadOnlySpan<byte> cdb = task.Cdb;
        byte page = (byte)(cdb[2] & 0x3F);
        byte subpage = cdb[3];
        ushort pointer = BinaryPrimitives.ReadUInt16BigEndian(cdb[5..]);
        bool isKnown = LogPages.Contains(page) && (subpage == 0 || (subpage == AllSubpages && page == 0));
        if ((cdb[1] & (saveParameters | parameterPointerControl)) != 0 || cdb[2] >> 6 != cumulativeValues || !isKnown || pointer != 0)
        {
            return InvalidFieldInCdb(task);
        }

        Span<byte> buffer = stackalloc byte[64];
        buffer.Clear();
        var writer = new ReplyWriter(buffer);
        writer.Byte(subpage == 0 ? page : page | 0x40);
        writer.Byte(subpage);
        writer.UInt16(0); // page length
        WriteLogPage(ref writer, page, subpage);
        writer.SetLength16(2);
        return Reply(task, writer.Written, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
    }

    internal ValueTask<IoStatus> SendDiagnostic(ScsiTask task)
    {
        const byte selfTest = 0x04;
        const int foregroundShort = 5;
        const int foregroundExtended = 6;
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool isDefault = (cdb[1] & selfTest) != 0;
        int code = cdb[1] >> 5;
        bool isTest = isDefault ? code == 0 : code is 0 or foregroundShort or foregroundExtended;
        if (!isTest || BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]) != 0)
        {
            return InvalidFieldInCdb(task);
        }

        return isDefault || code != 0 ? SelfTestAsync(_device, task) : Good();
    }

    internal static ValueTask<IoStatus> ReceiveDiagnosticResults(ScsiTask task)
    {
        const byte pageCodeValid = 0x01;
        ReadOnlySpan<byte> cdb = task.Cdb;
        if ((cdb[1] & pageCodeValid) != 0 && cdb[2] != 0)
        {
            return InvalidFieldInCdb(task);
        }

        // Supported Diagnostic Pages: only itself.
        return Reply(task, [0x00, 0x00, 0x00, 0x01, 0x00], BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]));
    }

    private static void WriteLogPage(ref ReplyWriter writer, byte page, byte subpage)
    {
        switch (page)
        {
            case TemperaturePage:
                // Temperature and reference temperature: there is no sensor.
                WriteLogParameter(ref writer, 0x0000, [0x00, UnknownTemperature]);
                WriteLogParameter(ref writer, 0x0001, [0x00, UnknownTemperature]);
                break;
            case StartStopPage:
                // Specified and accumulated start-stop cycles: nothing turns, so nothing wears.
                WriteLogParameter(ref writer, 0x0003, [0xFF, 0xFF, 0xFF, 0xFF]);
                WriteLogParameter(ref writer, 0x0004, [0x00, 0x00, 0x00, 0x00]);
                break;
            case InformationalExceptionsPage:
                // No exception, no temperature.
                WriteLogParameter(ref writer, 0x0000, [0x00, 0x00, UnknownTemperature, 0x00]);
                break;
            default:
                foreach (byte code in LogPages)
                {
                    writer.Byte(code);
                    if (subpage == AllSubpages)
                    {
                        writer.Byte(0x00);
                    }
                }

                if (subpage == AllSubpages)
                {
                    writer.Bytes([0x00, AllSubpages]);
                }

                break;
        }
    }

    private static void WriteLogParameter(ref ReplyWriter writer, int code, scoped ReadOnlySpan<byte> value)
    {
        writer.UInt16(code);
        writer.Byte(FormattedBinary);
        writer.Byte(value.Length);
        writer.Bytes(value);
    }

    // The first and the last block can be read: the backing store is there and as large as it says.
    private async ValueTask<IoStatus> SelfTestAsync(BackingDevice device, ScsiTask task)
    {
        using var block = new IoBuffer(device.BlockSizeBytes);
        IoStatus status = await device.Blocks!.ReadAsync(0, block.List, task.Cancellation).ConfigureAwait(false);
        if (status.IsGood)
        {
            status = await device.Blocks.ReadAsync((BlockCount - 1) << device.BlockShift, block.List, task.Cancellation).ConfigureAwait(false);
        }

        if (status.IsGood || status.Outcome is IoOutcome.Aborted)
        {
            return status;
        }

        task.SetCheckCondition(SenseKey.HardwareError, AdditionalSenseCode.LogicalUnitFailedSelfTest);
        return IoOutcome.SenseProvided;
    }
}
