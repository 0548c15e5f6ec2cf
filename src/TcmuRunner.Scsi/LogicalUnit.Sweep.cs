// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>Work over the whole medium that goes on by itself: what FORMAT UNIT and SANITIZE start, no reset ends, and everybody can watch.</content>
public sealed partial class LogicalUnit
{
    // A sweep leaves room for the other units of the machine: no more than this per second is written.
    private const long SweepBytesPerSecond = 256L << 20;
    private readonly CancellationTokenSource _closing = new();
    private Task _sweep = Task.CompletedTask;

    /// <summary>Starts a sweep: the unit is not ready until it ends.</summary>
    /// <param name="condition">What commands are told meanwhile.</param>
    /// <param name="failure">What they are told after it has failed.</param>
    /// <param name="work">The sweep.</param>
    /// <param name="mark">What the next life of the daemon is told of it.</param>
    /// <returns>Null where another one is under way.</returns>
    private Sweep? StartSweep(UnitCondition condition, UnitCondition failure, Func<UnitCondition, Task<IoStatus>> work, MediumMark mark)
    {
        lock (_conditionLock)
        {
            if (!_sweep.IsCompleted)
            {
                return null;
            }

            condition.Progress = 0;
            UnitCondition? before = _condition;
            _condition = condition;
            var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_options.MediumStore is null)
            {
                started.SetResult(true);
            }

            Task<IoStatus> end = Task.Run(async () =>
            {
                if (TryMark(mark))
                {
                    started.TrySetResult(true);
                    return await RunSweepAsync(condition, failure, work).ConfigureAwait(false);
                }

                // Nothing has happened to the medium.
                lock (_conditionLock)
                {
                    _condition = before;
                }

                started.SetResult(false);
                return IoOutcome.HardwareError;
            });
            _sweep = end;
            return new Sweep(started.Task, end);
        }
    }

    private async Task<IoStatus> RunSweepAsync(UnitCondition condition, UnitCondition failure, Func<UnitCondition, Task<IoStatus>> work)
    {
        IoStatus status = IoOutcome.HardwareError;
        try
        {
            status = await work(condition).ConfigureAwait(false);
        }
        finally
        {
            if (status.IsGood)
            {
                Unmark();
            }

            lock (_conditionLock)
            {
                _condition = status.IsGood ? null : failure;
            }

            if (!status.IsGood)
            {
                Log.SweepFailed(_logger, Name, condition.Code.ToString(), status.Outcome.ToString());
            }
        }

        return status;
    }

    // The command waits for the sweep, or for its beginning; the sweep does not end with the command.
    private static async ValueTask<IoStatus> WaitForSweepAsync(Sweep sweep, bool isImmediate, CancellationToken cancellationToken) =>
        !isImmediate ? await sweep.End.WaitAsync(cancellationToken).ConfigureAwait(false)
        : await sweep.Started.WaitAsync(cancellationToken).ConfigureAwait(false) ? IoStatus.Good
        : IoOutcome.HardwareError;

    /// <summary>Makes every block read as zeros, by unmapping where that is sure to do it.</summary>
    private async Task<IoStatus> ZeroAllAsync(UnitCondition condition)
    {
        const byte noDataOut = 0x01;
        const byte unmap = 0x08;
        byte flags = (byte)(noDataOut | (_device.UnmapsToZeros ? unmap : 0));
        var task = new EngineTask(null);

        // Whole pieces: what is unmapped in parts, one command each, would stay mapped.
        uint longest = (uint)_limits.WriteSame;
        longest -= longest > _limits.UnmapGranularity ? longest % _limits.UnmapGranularity : 0;
        return await SweepAsync(condition, longest, 0, 1, async (first, count) =>
            await task.RunAsync(this, CdbWriter.Blocks16(CdbWriter.WriteSame16, flags, first, count), default, default).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Writes a pattern over every block.</summary>
    /// <param name="condition">Where the progress goes.</param>
    /// <param name="block">One block.</param>
    /// <param name="pass">Which of <paramref name="passes"/> it is, from 0.</param>
    /// <param name="passes">How often the medium is overwritten altogether.</param>
    private async Task<IoStatus> OverwriteAllAsync(UnitCondition condition, ReadOnlyMemory<byte> block, int pass, int passes)
    {
        uint chunk = (uint)(BlockLimits.BounceBytes >> _device.BlockShift);
        uint longest = _limits.MaximumTransfer == 0 ? chunk : Math.Min(chunk, _limits.MaximumTransfer);
        using var pattern = new IoBuffer((int)longest << _device.BlockShift);
        for (int offset = 0; offset < pattern.Length; offset += block.Length)
        {
            block.Span.CopyTo(pattern.Span[offset..]);
        }

        var task = new EngineTask(null);
        return await SweepAsync(condition, longest, pass, passes, async (first, count) =>
        {
            ScatterList data = pattern.List.Slice(0, (long)count << _device.BlockShift);
            return await task.RunAsync(this, CdbWriter.Blocks16(CdbWriter.Write16, 0, first, count), data, default).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task<IoStatus> SweepAsync(UnitCondition condition, uint longest, int pass, int passes, Func<ulong, uint, Task<ScsiStatus>> step)
    {
        TimeProvider clock = _options.TimeProvider;
        long started = clock.GetTimestamp();
        long count = BlockCount;
        for (long first = 0; first < count;)
        {
            if (_closing.IsCancellationRequested)
            {
                return IoOutcome.Aborted;
            }

            uint blocks = (uint)Math.Min(longest, count - first);
            if (await step((ulong)first, blocks).ConfigureAwait(false) != ScsiStatus.Good)
            {
                return IoOutcome.WriteError;
            }

            first += blocks;
            condition.Progress = (int)(((pass * 65536.0) + (65536.0 * first / count)) / passes) & 0xFFFF;
            TimeSpan due = TimeSpan.FromSeconds((double)(first << _device.BlockShift) / SweepBytesPerSecond) - clock.GetElapsedTime(started);
            if (due > TimeSpan.FromMilliseconds(10))
            {
                await Task.Delay(due, clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return await FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
