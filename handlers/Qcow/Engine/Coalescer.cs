// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Something that is done in rounds, one at a time, each serving everybody who asked before it began: a flush, writing out a piece of
/// metadata, filling the reserve. Many requests cost one or two rounds. Thread safe.
/// </summary>
internal abstract class Coalescer
{
    private readonly Lock _lock = new();
    private List<Waiter> _waiting = [];
    private List<Waiter> _serving = [];
    private TaskCompletionSource? _idle;
    private bool _isRunning;

    /// <summary>Completes with the result of a round that began after this call.</summary>
    public ValueTask<IoStatus> RequestAsync()
    {
        lock (_lock)
        {
            if (_isRunning)
            {
                Waiter waiter = Waiter.Rent();
                _waiting.Add(waiter);
                return waiter.Start();
            }

            _isRunning = true;
        }

        return LeadAsync();
    }

    /// <summary>Completes when no round runs and none is asked for.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _isRunning ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    /// <summary>One round; never two at a time.</summary>
    protected abstract ValueTask<IoStatus> RunRoundAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> LeadAsync()
    {
        IoStatus status = IoOutcome.HardwareError;
        try
        {
            status = await RunRoundAsync().ConfigureAwait(false);
        }
        finally
        {
            // Followers are served by a flow of its own: who leads has its answer already.
            if (TakeFollowers())
            {
                _ = FollowAsync();
            }
        }

        return status;
    }

    private async Task FollowAsync()
    {
        do
        {
            IoStatus status = IoOutcome.HardwareError;
            try
            {
                status = await RunRoundAsync().ConfigureAwait(false);
            }
            finally
            {
                foreach (Waiter waiter in _serving)
                {
                    waiter.Complete(status);
                }

                _serving.Clear();
            }
        }
        while (TakeFollowers());
    }

    private bool TakeFollowers()
    {
        TaskCompletionSource? idle = null;
        lock (_lock)
        {
            if (_waiting.Count > 0)
            {
                (_serving, _waiting) = (_waiting, _serving);
                return true;
            }

            _isRunning = false;
            (idle, _idle) = (_idle, null);
        }

        idle?.SetResult();
        return false;
    }
}
