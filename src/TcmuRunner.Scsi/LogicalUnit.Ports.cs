// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>Asymmetric logical unit access (SPC-5 5.18): the groups are the front's.</content>
public sealed partial class LogicalUnit
{
    private const int LongestPortGroupList = 1 << 16;

    internal bool HasTargetPortGroups => FindPort(null, out _) is not null;

    internal bool HasExplicitTargetPortGroups => FindPort(null, out TargetPortGroup? group) is not null && group!.IsExplicit;

    internal ValueTask<IoStatus> ReportTargetPortGroups(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        int format = cdb[1] >> 5;
        if (format > 1)
        {
            return InvalidFieldInCdb(task);
        }

        return _options.Environment.TargetPortGroups?.Read() is not { } groups ? new(IoOutcome.HardwareError)
            : _failover is { } failover ? ReportStatesAsync(failover, task, groups)
            : new(ReplyStates(task, groups));
    }

    private static IoStatus ReplyStates(ScsiTask task, IReadOnlyList<TargetPortGroup> groups)
    {
        int length = 8;
        foreach (TargetPortGroup group in groups)
        {
            length += 8 + (4 * group.Ports.Count);
        }

        var writer = new ReplyWriter(new byte[length]);
        writer.UInt32(0); // return data length
        if (task.Cdb[1] >> 5 == 1)
        {
            writer.Byte(0x10);
            writer.Byte(groups.Count == 0 ? 0 : groups[0].ImplicitTransitionSeconds);
            writer.UInt16(0);
        }

        foreach (TargetPortGroup group in groups)
        {
            WriteGroup(ref writer, group);
        }

        writer.SetLength32(0);
        task.Reply(writer.Written, BinaryPrimitives.ReadUInt32BigEndian(task.Cdb[6..]));
        return IoStatus.Good;
    }

    internal ValueTask<IoStatus> SetTargetPortGroups(ScsiTask task)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(task.Cdb[6..]);
        if (length == 0)
        {
            return Good();
        }

        if (length < 4 || length % 4 != 0 || length > LongestPortGroupList || length > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
        }

        byte[] list = new byte[length];
        task.DataOut.CopyTo(list);
        ITargetPortGroups groups = _options.Environment.TargetPortGroups!;

        // A change goes through configfs, which may block.
        return _failover is { } failover ? ChangeLockAsync(failover, task, groups, list) : new(Task.Run(() => SetStates(task, groups, list)));
    }

    private static IoStatus SetStates(ScsiTask task, ITargetPortGroups groups, byte[] list)
    {
        if (groups.Read() is not { } known)
        {
            return IoOutcome.HardwareError;
        }

        if (CheckStates(task, known, list) is { IsGood: false } refusal)
        {
            return refusal;
        }

        foreach ((ushort id, AsymmetricAccessState state) in StatesIn(list))
        {
            if (!groups.TrySetState(id, state, isExplicit: true))
            {
                task.SetCheckCondition(SenseKey.HardwareError, AdditionalSenseCode.SetTargetPortGroupsCommandFailed);
                return IoOutcome.SenseProvided;
            }
        }

        return IoStatus.Good;
    }

    private static IoStatus CheckStates(ScsiTask task, IReadOnlyList<TargetPortGroup> known, byte[] list)
    {
        foreach ((ushort id, AsymmetricAccessState state) in StatesIn(list))
        {
            if (known.FirstOrDefault(candidate => candidate.Id == id) is not { } group || !CanBecome(group, state))
            {
                task.SetCheckCondition(SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInParameterList);
                return IoOutcome.SenseProvided;
            }
        }

        return IoStatus.Good;
    }

    // Target port group descriptors follow four reserved bytes (SPC-5 SET TARGET PORT GROUPS).
    private static IEnumerable<(ushort Id, AsymmetricAccessState State)> StatesIn(byte[] list)
    {
        for (int offset = 4; offset < list.Length; offset += 4)
        {
            yield return (BinaryPrimitives.ReadUInt16BigEndian(list.AsSpan(offset + 2)), (AsymmetricAccessState)(list[offset] & 0x0F));
        }
    }

    // "Transitioning" is a state on the way; nobody may ask for it (SPC-5 SET TARGET PORT GROUPS).
    private static bool CanBecome(TargetPortGroup group, AsymmetricAccessState state) => group.IsExplicit && state switch
    {
        AsymmetricAccessState.ActiveOptimized => (group.SupportedStates & 0x01) != 0,
        AsymmetricAccessState.ActiveNonOptimized => (group.SupportedStates & 0x02) != 0,
        AsymmetricAccessState.Standby => (group.SupportedStates & 0x04) != 0,
        AsymmetricAccessState.Unavailable => (group.SupportedStates & 0x08) != 0,
        AsymmetricAccessState.LogicalBlockDependent => (group.SupportedStates & 0x10) != 0,
        AsymmetricAccessState.Offline => (group.SupportedStates & 0x40) != 0,
        _ => false,
    };

    private static void WriteGroup(ref ReplyWriter writer, TargetPortGroup group)
    {
        writer.Byte((group.IsPreferred ? 0x80 : 0) | (byte)group.State);
        writer.Byte(group.SupportedStates);
        writer.UInt16(group.Id);
        writer.Byte(0);
        writer.Byte(group.StatusCode);
        writer.Byte(0);
        int portCount = Math.Min(group.Ports.Count, byte.MaxValue);
        writer.Byte(portCount);
        for (int index = 0; index < portCount; index++)
        {
            writer.UInt16(0);
            writer.UInt16(group.Ports[index].RelativePortId);
        }
    }

    // The port through which a nexus comes. TCMU does not say which that is: the first enabled one speaks for all.
    private TargetPort? FindPort(ItNexus? nexus, out TargetPortGroup? group)
    {
        int wanted = nexus?.RelativeTargetPortId ?? 0;
        group = null;
        if (_options.Environment.TargetPortGroups?.Read() is not { } groups)
        {
            return null;
        }

        foreach (TargetPortGroup candidate in groups)
        {
            foreach (TargetPort port in candidate.Ports)
            {
                if (port.IsEnabled && (wanted == 0 || port.RelativePortId == wanted))
                {
                    group = candidate;
                    return port;
                }
            }
        }

        return null;
    }

    private byte AsymmetricAccessBits() => FindPort(null, out TargetPortGroup? group) is null
        ? (byte)0
        : (byte)((group!.IsImplicit ? ImplicitAccess : 0) | (group.IsExplicit ? ExplicitAccess : 0));
}
