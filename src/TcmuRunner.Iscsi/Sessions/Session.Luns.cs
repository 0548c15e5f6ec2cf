// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>From the LUN of a command to its unit; and what a target answers where there is no unit (SPC-5 4.5.23, 6.6, 6.36, 6.39).</content>
internal sealed partial class Session
{
    private const byte Inquiry = 0x12, RequestSense = 0x03, ReportLuns = 0xA0;

    /// <summary>What the initiator sees.</summary>
    internal LunMap Luns { get; private set; }

    /// <summary>Executes a command that is loaded.</summary>
    internal void Execute(IscsiTask task)
    {
        if (task.Refusal != AdditionalSenseCode.None)
        {
            task.SetCheckCondition((byte)SenseKey.AbortedCommand, (int)task.Refusal);
            task.Connection.CompleteTask(task);
            return;
        }

        LunMapping? mapping = Luns.Find(task.LunField);
        byte operationCode = task.ReceivedCdb[0];
        if (operationCode == ReportLuns)
        {
            AnswerReportLuns(task);
        }
        else if (mapping is null)
        {
            AnswerForNoUnit(task, operationCode);
        }
        else if (mapping.IsReadOnly && LogicalUnit.ChangesMedium(task.ReceivedCdb))
        {
            task.SetCheckCondition((byte)SenseKey.DataProtect, (int)AdditionalSenseCode.WriteProtected);
            task.Connection.CompleteTask(task);
        }
        else
        {
            task.Unit = mapping.Unit;
            mapping.Unit.Execute(task);
        }
    }

    /// <summary>Gives the session other units. Those that stay say that the list has changed.</summary>
    internal void SetLuns(LunMap luns, bool isNew)
    {
        LunMap before = Luns;
        Luns = luns;
        LogicalUnit[] old = [.. before.Units];
        foreach (LogicalUnit unit in old.Except(luns.Units))
        {
            unit.RemoveNexus(Nexus);
        }

        foreach (LogicalUnit unit in luns.Units.Except(old))
        {
            unit.AddNexus(Nexus, raisePowerOn: true);
        }

        bool hasChanged = !isNew && !luns.Mappings.SequenceEqual(before.Mappings);
        foreach (LogicalUnit unit in hasChanged ? luns.Units.Intersect(old) : [])
        {
            unit.TellLunsChanged(Nexus);
        }
    }

    private void AnswerReportLuns(IscsiTask task)
    {
        // 0, 2 and 11h: all units that are no well-known ones; 1, 10h, 12h: well-known and administrative ones, of which there are none.
        ReadOnlySpan<byte> cdb = task.ReceivedCdb;
        byte selectReport = cdb[2];
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]);
        bool isKnown = selectReport is <= 2 or >= 0x10 and <= 0x12;
        if (!isKnown || allocationLength < 16)
        {
            task.SetCheckCondition((byte)SenseKey.IllegalRequest, (int)AdditionalSenseCode.InvalidFieldInCdb);
            task.Connection.CompleteTask(task);
            return;
        }

        IReadOnlyList<LunMapping> mappings = selectReport is 0 or 2 or 0x11 ? Luns.Mappings : [];
        byte[] data = new byte[8 + (8 * mappings.Count)];
        BinaryPrimitives.WriteInt32BigEndian(data, data.Length - 8);
        for (int index = 0; index < mappings.Count; index++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(8 + (8 * index)), LunMap.ToField(mappings[index].Lun));
        }

        Reply(task, data, allocationLength);
    }

    private static void AnswerForNoUnit(IscsiTask task, byte operationCode)
    {
        ReadOnlySpan<byte> cdb = task.ReceivedCdb;
        switch (operationCode)
        {
            case Inquiry when (cdb[1] & 0x03) == 0 && cdb[2] == 0:
                // Peripheral qualifier 011b: no device can be here.
                Span<byte> inquiry = stackalloc byte[36];
                inquiry.Fill((byte)' ');
                ReadOnlySpan<byte> start = [0x7F, 0x00, 0x06, 0x02, 31, 0x00, 0x00, 0x00];
                start.CopyTo(inquiry);
                Reply(task, inquiry, BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]));
                break;
            case RequestSense:
                Span<byte> sense = stackalloc byte[18];
                SenseData.WriteFixed(sense, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalUnitNotSupported, null);
                Reply(task, sense, cdb[4]);
                break;
            default:
                task.SetCheckCondition((byte)SenseKey.IllegalRequest, (int)AdditionalSenseCode.LogicalUnitNotSupported);
                task.Connection.CompleteTask(task);
                break;
        }
    }

    private static void Reply(IscsiTask task, ReadOnlySpan<byte> data, uint allocationLength)
    {
        task.Reply(data, allocationLength);
        task.Connection.CompleteTask(task);
    }
}
