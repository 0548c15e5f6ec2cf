// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>
/// A task management function on its way: it is answered when every command that it ends is settled, wherever that runs. The answer is sent on the loop of the connection that asked.
/// </summary>
internal sealed class TaskManagementOperation : LoopWorkItem
{
    private readonly Connection _connection;
    private readonly uint _initiatorTaskTag;
    private TaskManagementResponse _response = TaskManagementResponse.FunctionComplete;
    private readonly SettleGate _gate;
    private Action? _then;

    private TaskManagementOperation(Connection connection, uint initiatorTaskTag)
    {
        _connection = connection;
        _initiatorTaskTag = initiatorTaskTag;
        _gate = new SettleGate(() => connection.Hub.Loop.Post(this));
    }

    /// <summary>Carries a function out. On the connection's loop.</summary>
    internal static void Start(
        Connection connection, TaskManagementFunction function, in BasicHeaderSegment header, in TaskManagementHeader request)
    {
        Session session = connection.Session!;
        var operation = new TaskManagementOperation(connection, header.InitiatorTaskTag);
        LogicalUnit? unit = session.Luns.Find(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(header.LogicalUnitNumber))?.Unit;
        bool needsUnit = function is TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearTaskSet or TaskManagementFunction.LogicalUnitReset;
        if (needsUnit && unit is null)
        {
            operation._response = TaskManagementResponse.LunDoesNotExist;
            operation._gate.Release();
            return;
        }

        switch (function)
        {
            case TaskManagementFunction.AbortTask:
                operation.AbortTask(session, request.ReferencedTaskTag, request.ReferencedCommandSequenceNumber);
                break;
            case TaskManagementFunction.AbortTaskSet:
                session.AbortWhere(static (task, wanted) => task.IsFor(wanted), unit!, operation._gate);
                break;
            case TaskManagementFunction.ClearTaskSet:
                session.Front.AbortEverywhere([unit!], operation._gate);
                unit!.TellCommandsCleared(session.Nexus);
                break;
            case TaskManagementFunction.LogicalUnitReset:
                operation.Reset(session, [unit!]);
                break;
            case TaskManagementFunction.TargetWarmReset:
                operation.Reset(session, [.. session.Luns.Units]);
                break;
            case TaskManagementFunction.TargetColdReset:
                operation.Reset(session, [.. session.Luns.Units]);
                // All sessions of the target end, this one too (RFC 7143 11.5.1).
                operation._then = () => session.Front.CloseSessionsOf(session.Node!.Name);
                break;
            case TaskManagementFunction.TaskReassign:
                operation._response = TaskManagementResponse.TaskAllegianceReassignmentNotSupported;
                break;
            case TaskManagementFunction.ClearAutoContingentAllegiance:
            default:
                operation._response = TaskManagementResponse.FunctionNotSupported;
                break;
        }

        operation._gate.Release();
    }

    /// <inheritdoc/>
    protected internal override void Run()
    {
        _connection.SendTaskManagementResponse(_initiatorTaskTag, _response);
        _then?.Invoke();
    }

    private void AbortTask(Session session, uint taskTag, uint commandNumber)
    {
        if (session.FindTask(taskTag) is { } task)
        {
            Session.AbortTask(task, _gate);
            return;
        }

        // A command that has not come yet will never be executed when its number counts as received (RFC 7143 11.5.1, case b).
        bool isOnItsWay = session.IsInWindow(commandNumber) && session.TryTakeTurn(commandNumber);
        _response = isOnItsWay ? TaskManagementResponse.FunctionComplete : TaskManagementResponse.TaskDoesNotExist;
    }

    private void Reset(Session session, LogicalUnit[] units)
    {
        session.Front.AbortEverywhere(units, _gate);
        foreach (LogicalUnit unit in units)
        {
            unit.Reset();
        }
    }
}
