// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>A posted action whose caller waits for its end.</summary>
internal sealed class ActionWorkItem(Action action) : LoopWorkItem
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task Done => _done.Task;

    protected internal override void Run()
    {
        try
        {
            action();
            _done.SetResult();
        }
        catch (Exception exception)
        {
            // It belongs to the caller, who awaits it.
            _done.SetException(exception);
        }
    }
}
