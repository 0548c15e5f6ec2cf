// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>Decides whether the next buffered write may be made on the calling thread. Thread safe: races cost one write on the wrong thread.</summary>
/// <remarks>
/// A write that takes longer than a copy can take was either held up by the kernel, which lasts until enough has been written back, or its
/// thread was preempted, which says nothing about writes. Voluntary context switches tell the two apart, but counting them is a system call;
/// so only after a slow write the next ones are watched. When one of those slept, the writes of the next while go elsewhere, then one is
/// tried again. The while is four times what the write took, at most a tenth of a second: the loop is held up for no more than a fifth of
/// its time.
/// </remarks>
internal sealed class InlineWriteGovernor
{
    private const int PauseFactor = 4;

    /// <summary>Writes to watch after a slow one: the kernel makes a writer wait about once in 32 dirtied pages.</summary>
    private const int WatchedWrites = 64;

    /// <summary>A copy is hardly ever slower than this, also in an emulated machine.</summary>
    private const long SlowestBytesPerSecond = 200_000_000;

    private static readonly long s_longestPauseTicks = Stopwatch.Frequency / 10;
    private static readonly long s_patienceTicks = Stopwatch.Frequency / 1000;

    private long _pausedUntil;
    private int _toWatch;

    internal bool Allows()
    {
        long until = Volatile.Read(ref _pausedUntil);
        return until == 0 || Stopwatch.GetTimestamp() >= until;
    }

    /// <summary>Begins a write on the calling thread.</summary>
    internal Attempt Begin() => new(Stopwatch.GetTimestamp(), Volatile.Read(ref _toWatch) > 0 ? Libc.VoluntaryContextSwitches() : -1);

    /// <summary>Ends it, on the same thread.</summary>
    /// <param name="attempt">Of <see cref="Begin"/>.</param>
    /// <param name="lengthBytes">How long it was.</param>
    internal void End(in Attempt attempt, long lengthBytes)
    {
        long now = Stopwatch.GetTimestamp();
        long limit = s_patienceTicks + (lengthBytes * Stopwatch.Frequency / SlowestBytesPerSecond);
        bool isSlow = now - attempt.Start > limit;
        if (isSlow && attempt.Switches >= 0 && Libc.VoluntaryContextSwitches() > attempt.Switches)
        {
            Volatile.Write(ref _pausedUntil, now + Math.Min(PauseFactor * (now - attempt.Start), s_longestPauseTicks));
        }
        else if (Volatile.Read(ref _pausedUntil) != 0)
        {
            Volatile.Write(ref _pausedUntil, 0);
        }

        if (isSlow)
        {
            Volatile.Write(ref _toWatch, WatchedWrites);
        }
        else if (attempt.Switches >= 0)
        {
            Volatile.Write(ref _toWatch, Volatile.Read(ref _toWatch) - 1);
        }
    }

    /// <summary>A write under way.</summary>
    /// <param name="Start">When it began, in <see cref="Stopwatch"/> ticks.</param>
    /// <param name="Switches">Voluntary context switches of the thread so far; -1 when it is not watched.</param>
    internal readonly record struct Attempt(long Start, long Switches);
}
