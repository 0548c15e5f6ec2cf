// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>A flush of the engine's own. It goes the way of every command, so a serialized device and the count of commands see it.</summary>
internal sealed class BackgroundTask : ScsiTask
{
    private static readonly ItNexus s_engine = new("engine");
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BackgroundTask() => Prepare(s_engine, [0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0], default, default);

    /// <summary>Ends when the flush has ended, however that was.</summary>
    public Task Completion => _completion.Task;

    protected override void OnCompleted() => _completion.SetResult();
}
