// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>A command of the engine's own. It goes the way of every command, so a serialized device and the count of commands see it.</summary>
/// <param name="nexus">In whose name; null for the engine itself, which no reservation and no condition of the unit stops.</param>
internal sealed class EngineTask(ItNexus? nexus) : ScsiTask
{
    private static readonly ItNexus s_engine = new("engine");
    private TaskCompletionSource _completion = new();

    internal override bool IsInternal => true;

    internal override bool IsPrivileged => nexus is null;

    /// <summary>Executes a command and waits for its end. One at a time.</summary>
    /// <param name="unit">Where.</param>
    /// <param name="cdb">The CDB.</param>
    /// <param name="dataOut">The data to write.</param>
    /// <param name="dataIn">Room for the data to read.</param>
    /// <returns>The status; sense data are in <see cref="ScsiTask.Sense"/>.</returns>
    public async ValueTask<ScsiStatus> RunAsync(LogicalUnit unit, ReadOnlyMemory<byte> cdb, ScatterList dataOut, ScatterList dataIn)
    {
        _completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Prepare(nexus ?? s_engine, cdb.Span, dataOut, dataIn);
        unit.Execute(this);
        await _completion.Task.ConfigureAwait(false);
        return Status;
    }

    protected override void OnCompleted() => _completion.SetResult();
}
