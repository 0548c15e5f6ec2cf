// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>Ends the commands of a session for one unit, on the session's loop.</summary>
internal sealed class AbortCommandsItem(Session session, LogicalUnit unit) : LoopWorkItem
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when every command has been told to end.</summary>
    internal Task Completion => _completion.Task;

    /// <inheritdoc/>
    protected internal override void Run()
    {
        session.AbortWhere(static (task, wanted) => task.IsFor(wanted), unit, null);
        _completion.SetResult();
    }
}
