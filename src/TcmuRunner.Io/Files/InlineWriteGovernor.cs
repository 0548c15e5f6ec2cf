// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Io.Files;

/// <summary>Decides whether the next buffered write may be made on the calling thread. Thread safe: races cost one write on the wrong thread.</summary>
/// <remarks>
/// One write that takes longer than a copy can take means that the kernel makes writers wait, and that lasts until it has written enough back.
/// So the writes of the next while go elsewhere, then one is tried again. The while is four times what the slow write took, at most a tenth of
/// a second: the loop is held up for no more than a fifth of its time, and a write that was only preempted costs little.
/// </remarks>
internal sealed class InlineWriteGovernor
{
    private const int PauseFactor = 4;

    private static readonly long s_longestPauseTicks = Stopwatch.Frequency / 10;
    private static readonly long s_patienceTicks = Stopwatch.Frequency / 1000;

    /// <summary>A copy is never slower than this, also in an emulated machine.</summary>
    private const long SlowestBytesPerSecond = 500_000_000;

    private long _pausedUntil;

    internal bool Allows()
    {
        long until = Volatile.Read(ref _pausedUntil);
        return until == 0 || Stopwatch.GetTimestamp() >= until;
    }

    /// <param name="start">When the write began.</param>
    /// <param name="lengthBytes">How long it was.</param>
    internal void Learn(long start, long lengthBytes)
    {
        long now = Stopwatch.GetTimestamp();
        long limit = s_patienceTicks + (lengthBytes * Stopwatch.Frequency / SlowestBytesPerSecond);
        if (now - start > limit)
        {
            Volatile.Write(ref _pausedUntil, now + Math.Min(PauseFactor * (now - start), s_longestPauseTicks));
        }
        else if (Volatile.Read(ref _pausedUntil) != 0)
        {
            Volatile.Write(ref _pausedUntil, 0);
        }
    }
}
