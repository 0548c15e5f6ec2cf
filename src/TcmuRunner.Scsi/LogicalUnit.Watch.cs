// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Scsi;

/// <content>What is told of commands that have ended: numbers, slow ones, and each one where the log asks for that.</content>
public sealed partial class LogicalUnit
{
    private readonly LogLimiter _slowLimiter;
    private int _slowUntold;

    // The task still belongs to the unit, and nothing here allocates unless it writes to the log.
    private void Watch(ScsiTask task)
    {
        long nanoseconds = (long)((_options.TimeProvider.GetTimestamp() - task.StartTimestamp) * _nanosecondsPerTick);
        if (_monitor.Counts)
        {
            _monitor.Record(task, nanoseconds);
        }

        if (nanoseconds >= _monitor.SlowNanoseconds)
        {
            TellSlow(task, nanoseconds);
        }

        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Trace(task, nanoseconds);
        }
    }

    // A disk whose backing store hangs has all of its commands slow: one line per interval, with the number of those that got none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TellSlow(ScsiTask task, long nanoseconds)
    {
        if (_slowLimiter.TryPass())
        {
            int untold = Interlocked.Exchange(ref _slowUntold, 0);
            Log.CommandSlow(_logger, Name, CdbFormatter.Format(task.Cdb), CdbFormatter.FormatResult(task), nanoseconds / 1e6, task.Nexus.InitiatorName, untold);
        }
        else
        {
            Interlocked.Increment(ref _slowUntold);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Trace(ScsiTask task, long nanoseconds) =>
        Log.CommandCompleted(_logger, Name, CdbFormatter.Format(task.Cdb), CdbFormatter.FormatResult(task), nanoseconds / 1e3);
}
