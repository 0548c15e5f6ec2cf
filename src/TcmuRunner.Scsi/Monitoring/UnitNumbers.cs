// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What a <see cref="UnitMonitor"/> has counted.</summary>
public sealed class UnitNumbers
{
    private readonly long[] _sums;

    internal UnitNumbers(long[] sums, long restarts) => (_sums, Restarts) = (sums, restarts);

    /// <summary>How often the unit was opened again.</summary>
    public long Restarts { get; }

    /// <summary>How often this gateway has taken the lock of the unit's backing store.</summary>
    public long LocksTaken { get; internal init; }

    /// <summary>How often another gateway has taken it away.</summary>
    public long LocksLost { get; internal init; }

    /// <summary>Commands that ended with BUSY or TASK SET FULL.</summary>
    public long Busy => _sums[MonitorCell.Busy];

    /// <summary>Commands that ended with RESERVATION CONFLICT.</summary>
    public long ReservationConflicts => _sums[MonitorCell.Conflict];

    /// <summary>Commands that ended with TASK ABORTED.</summary>
    public long Aborted => _sums[MonitorCell.Aborted];

    /// <summary>The upper bounds of the buckets in seconds, ascending; the last is infinite.</summary>
    public static IReadOnlyList<double> BucketBounds { get; } = [.. Enumerable.Range(0, MonitorCell.Buckets).Select(MonitorCell.BoundOf)];

    /// <summary>Commands of a category that have ended, however.</summary>
    public long Commands(CommandCategory category) => Enumerable.Range(0, MonitorCell.Buckets).Sum(bucket => InBucket(category, bucket));

    /// <summary>Bytes of data that were read or written.</summary>
    public long Bytes(CommandCategory category) => _sums[MonitorCell.Bytes(category)];

    /// <summary>How long all commands of a category took together.</summary>
    public TimeSpan Duration(CommandCategory category) => TimeSpan.FromMicroseconds(_sums[MonitorCell.Duration(category)] / 1e3);

    /// <summary>Commands of a category that took longer than the bound before and not longer than the bound of this bucket.</summary>
    public long InBucket(CommandCategory category, int bucket) => _sums[MonitorCell.Bucket(category, bucket)];

    /// <summary>Commands that ended with CHECK CONDITION and a sense key.</summary>
    public long Errors(SenseKey key) => _sums[MonitorCell.SenseKey((int)key & 0x0F)];
}
