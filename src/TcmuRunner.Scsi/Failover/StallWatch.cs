// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>
/// Notices that the process did not run for a while: stopped, or its machine suspended. What it finds in its buffers afterwards was sent in another
/// time, and the initiator may have gone to another gateway since. Thread safe.
/// </summary>
internal sealed class StallWatch(TimeProvider time)
{
    private long _lastBeat = time.GetTimestamp();
    private long _stallSeen = long.MinValue;

    /// <summary>How often <see cref="Beat"/> is to be called.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>From which gap on the process counts as stopped: longer than a busy machine delays a timer, shorter than initiators wait for a path.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(4);

    /// <summary>Tells that the process runs. Whoever sees a gap first, this or <see cref="StalledSince"/>, records it before the clock goes on.</summary>
    public void Beat()
    {
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(Interlocked.Read(ref _lastBeat), now) > Limit)
        {
            Interlocked.Exchange(ref _stallSeen, now);
        }

        Interlocked.Exchange(ref _lastBeat, now);
    }

    /// <summary>Whether a gap has ended after a moment.</summary>
    /// <param name="timestamp">The moment, of the same clock.</param>
    public bool StalledSince(long timestamp)
    {
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(Interlocked.Read(ref _lastBeat), now) > Limit)
        {
            Beat();
        }

        return Interlocked.Read(ref _stallSeen) > timestamp;
    }
}
