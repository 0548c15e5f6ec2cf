// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>REPORT SUPPORTED OPERATION CODES and TASK MANAGEMENT FUNCTIONS (SPC-5 6.34 and 6.35).</content>
public sealed partial class LogicalUnit
{
    private const int TimeoutsDescriptor = 12;
    private const ushort ReportingOptionsOffset = 2;

    internal ValueTask<IoStatus> ReportSupportedOperationCodes(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool wantsTimeouts = (cdb[2] & 0x80) != 0;
        int option = cdb[2] & 0x07;
        byte operationCode = cdb[3];
        int serviceAction = BinaryPrimitives.ReadUInt16BigEndian(cdb[4..]);
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]);
        bool hasServiceActions = CommandTable.HasServiceActions(operationCode);
        switch (option)
        {
            case 0:
                return ReplyAllCommands(task, wantsTimeouts, allocationLength);
            case 1 when !hasServiceActions:
                return ReplyCommand(task, CommandTable.Find(operationCode), wantsTimeouts, allocationLength);

            // An operation code that is not known has no service actions either: the answer is "not supported", not an error.
            case 2 when hasServiceActions || CommandTable.Find(operationCode) is null:
                return ReplyCommand(task, CommandTable.Find(operationCode, serviceAction), wantsTimeouts, allocationLength);
            case 3:
                CommandDescriptor? either = hasServiceActions
                    ? CommandTable.Find(operationCode, serviceAction)
                    : serviceAction == 0 ? CommandTable.Find(operationCode) : null;
                return ReplyCommand(task, either, wantsTimeouts, allocationLength);
            default:
                return InvalidFieldInCdb(task, ReportingOptionsOffset);
        }
    }

    internal ValueTask<IoStatus> ReportSupportedTaskManagementFunctions(ScsiTask task)
    {
        const byte abortTask = 0x80;
        const byte logicalUnitReset = 0x08;
        const int shortLength = 4;
        const int extendedLength = 16;
        ReadOnlySpan<byte> cdb = task.Cdb;
        bool wantsExtended = (cdb[2] & 0x80) != 0;
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]);
        if (allocationLength < shortLength)
        {
            return InvalidFieldInCdb(task);
        }

        // What the Linux target carries out for every fabric.
        Span<byte> data = stackalloc byte[wantsExtended ? extendedLength : shortLength];
        data.Clear();
        data[0] = abortTask | logicalUnitReset;
        data[3] = (byte)(wantsExtended ? extendedLength - shortLength : 0);
        return Reply(task, data, allocationLength);
    }

    private ValueTask<IoStatus> ReplyAllCommands(ScsiTask task, bool wantsTimeouts, uint allocationLength)
    {
        var writer = new ReplyWriter(new byte[4 + (CommandTable.Commands.Length * (8 + TimeoutsDescriptor))]);
        writer.UInt32(0); // command data length
        foreach (CommandDescriptor command in CommandTable.Commands)
        {
            if (!command.IsListed || !Supports(command))
            {
                continue;
            }

            writer.Byte(command.OperationCode);
            writer.Byte(0);
            writer.UInt16(command.HasServiceAction ? command.ServiceAction : 0);
            writer.Byte(0);
            writer.Byte((wantsTimeouts ? 0x02 : 0) | (command.HasServiceAction ? 0x01 : 0));
            writer.UInt16(command.CdbLength);
            if (wantsTimeouts)
            {
                WriteTimeouts(ref writer);
            }
        }

        writer.SetLength32(0);
        return Reply(task, writer.Written, allocationLength);
    }

    private ValueTask<IoStatus> ReplyCommand(ScsiTask task, CommandDescriptor? command, bool wantsTimeouts, uint allocationLength)
    {
        const int notSupported = 0x01;
        const int supportedAsInStandard = 0x03;
        const int timeoutsFollow = 0x80;
        Span<byte> buffer = stackalloc byte[4 + ScsiTask.MaximumCdbLength + TimeoutsDescriptor];
        buffer.Clear();
        var writer = new ReplyWriter(buffer);
        writer.Byte(0);
        if (command is null || !Supports(command))
        {
            writer.Byte(notSupported);
            writer.UInt16(0);
            return Reply(task, writer.Written, allocationLength);
        }

        writer.Byte(supportedAsInStandard | (wantsTimeouts ? timeoutsFollow : 0));
        writer.UInt16(command.CdbLength);
        writer.Bytes(command.UsageMap);
        if (wantsTimeouts)
        {
            WriteTimeouts(ref writer);
        }

        return Reply(task, writer.Written, allocationLength);
    }

    private bool Supports(CommandDescriptor command) => command.IsSupported is null || command.IsSupported(this);

    // No time is promised: both time-outs are zero, "not specified".
    private static void WriteTimeouts(ref ReplyWriter writer)
    {
        writer.UInt16(TimeoutsDescriptor - 2);
        writer.Reserved(TimeoutsDescriptor - 2);
    }
}
