// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Io;

/// <summary>
/// Decides how long a loop that has just run out of work looks for more before it sleeps. The loop's thread only.
/// </summary>
/// <remarks>
/// Each gap between "nothing left" and "work again" teaches it: the share of gaps that ended within the maximum, their usual length, and how
/// long they are after spinning and after sleeping, all as exponential averages. It spins, for about twice the usual gap, while most gaps are
/// short and spinning makes them no longer: on a busy machine a spinner takes the processor from the very peer it waits for. Once in a while
/// it tries the other way, because only that shows whether it would be better now.
/// </remarks>
internal sealed class SpinGovernor
{
    // Fixed point: One means that every gap was short.
    private const int One = 1 << 16;
    private const int HitShift = 2;
    private const int MissShift = 3;
    private const int GapShift = 3;
    private const int ComparisonShift = 4;

    /// <summary>One trial in so many decisions: at the default maximum less than a microsecond for each.</summary>
    private const int TrialInterval = 64;

    /// <summary>A gap that is longer, in milliseconds, was the peer's own rest and says nothing about spinning.</summary>
    private const int RestMilliseconds = 10;

    private readonly long _maximumTicks;
    private readonly long _minimumTicks;
    private int _hitRate = One;
    private long _gapTicks;
    private long _gapAfterSpinTicks;
    private long _gapAfterSleepTicks = long.MaxValue;
    private int _untilTrial = TrialInterval;
    private bool _spins;

    /// <param name="maximum">Longest spin; zero: never.</param>
    /// <param name="processorCount">Processors that the process may use; with one, spinning would only keep the peer from running.</param>
    internal SpinGovernor(TimeSpan maximum, int processorCount)
    {
        IsEnabled = maximum > TimeSpan.Zero && processorCount > 1;
        _maximumTicks = (long)(maximum.TotalSeconds * Stopwatch.Frequency);
        _minimumTicks = Math.Min(_maximumTicks, 4 * Stopwatch.Frequency / 1_000_000);
        _gapTicks = _maximumTicks;
    }

    /// <summary>Whether it ever spins.</summary>
    internal bool IsEnabled { get; }

    /// <summary>How long to spin now, in <see cref="Stopwatch"/> ticks; 0: sleep at once.</summary>
    internal long NextSpinTicks()
    {
        if (!IsEnabled)
        {
            return 0;
        }

        bool mostAreShort = _hitRate >= One / 2;
        _spins = mostAreShort && _gapAfterSpinTicks <= _gapAfterSleepTicks;
        if (--_untilTrial == 0)
        {
            _untilTrial = TrialInterval;
            _spins = !_spins;
        }

        if (!_spins)
        {
            return 0;
        }

        return mostAreShort ? Math.Clamp(2 * _gapTicks, _minimumTicks, _maximumTicks) : _maximumTicks;
    }

    /// <summary>Learns from a gap, however it was spent.</summary>
    /// <param name="ticks">From running out of work to having some again.</param>
    internal void Learn(long ticks)
    {
        if (ticks < RestMilliseconds * (Stopwatch.Frequency / 1000))
        {
            ref long average = ref _spins ? ref _gapAfterSpinTicks : ref _gapAfterSleepTicks;
            average = average is 0 or long.MaxValue ? ticks : average + ((ticks - average) >> ComparisonShift);
        }

        if (ticks > _maximumTicks)
        {
            _hitRate -= _hitRate >> MissShift;
            return;
        }

        _hitRate += (One - _hitRate) >> HitShift;
        _gapTicks += (ticks - _gapTicks) >> GapShift;
    }
}
