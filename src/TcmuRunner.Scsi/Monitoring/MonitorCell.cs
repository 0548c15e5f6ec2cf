// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace TcmuRunner.Scsi;

/// <summary>Where a <see cref="UnitMonitor"/> keeps which number, within one stripe.</summary>
internal static class MonitorCell
{
    internal const int Categories = 5;

    /// <summary>Buckets of the latency histogram; the last one has no upper bound.</summary>
    internal const int Buckets = 22;

    internal const int SenseKeys = 16;

    // The first bucket ends at 2^14 ns, about 16 us, each further one at twice that; the last bound is about 17 s.
    private const int FirstBoundShift = 14;

    // A line of padding on either side, so that stripes of different threads share none.
    private const int Padding = 16;

    private const int DurationsStart = Padding;
    private const int BytesStart = DurationsStart + Categories;
    private const int BucketsStart = BytesStart + Categories;
    private const int SenseKeysStart = BucketsStart + (Categories * Buckets);
    private const int BusyStart = SenseKeysStart + SenseKeys;
    private const int ConflictStart = BusyStart + 1;
    private const int AbortedStart = ConflictStart + 1;

    internal const int Length = AbortedStart + 1 + Padding;

    internal static int Busy => BusyStart;

    internal static int Conflict => ConflictStart;

    internal static int Aborted => AbortedStart;

    internal static int Duration(CommandCategory category) => DurationsStart + (int)category;

    internal static int Bytes(CommandCategory category) => BytesStart + (int)category;

    internal static int Bucket(CommandCategory category, int bucket) => BucketsStart + ((int)category * Buckets) + bucket;

    internal static int SenseKey(int key) => SenseKeysStart + key;

    /// <summary>The bucket of a duration: the first whose bound it does not pass.</summary>
    internal static int BucketOf(long nanoseconds) =>
        nanoseconds <= 1L << FirstBoundShift ? 0 : Math.Min(BitOperations.Log2((ulong)(nanoseconds - 1)) - FirstBoundShift + 1, Buckets - 1);

    /// <summary>The upper bound of a bucket in seconds; infinity for the last.</summary>
    internal static double BoundOf(int bucket) => bucket == Buckets - 1 ? double.PositiveInfinity : (1L << (FirstBoundShift + bucket)) / 1e9;
}
