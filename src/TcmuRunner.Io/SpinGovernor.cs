// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Io;

/// <summary>
/// Decides how long a loop that has just run out of work looks for more before it sleeps. The loop's thread only.
/// </summary>
/// <remarks>
/// A cycle is a gap without work and the busy time after it. What counts is how long a cycle takes for each command that it brought: a spin
/// finds the next command sooner, a sleep finds more of them at a time and leaves the processor to the peer, and only the two averages tell
/// which is better here and now. So it spins, for about twice the usual gap, while most gaps are short and the cycles that began with a spin are
/// not the dearer ones; a spin that is longer than two context switches has to be cheaper by a quarter. In bursts now and then it does the
/// other thing, because only that shows whether it would be better.
/// </remarks>
internal sealed class SpinGovernor
{
    // Fixed point: One means that every gap was short.
    private const int One = 1 << 16;
    private const int HitShift = 2;
    private const int MissShift = 3;
    private const int GapShift = 3;

    /// <summary>Cycles of one kind at a time before the other is tried, and how many of those a trial has.</summary>
    private const int UsualCycles = 504;
    private const int TrialCycles = 8;

    /// <summary>A gap that is longer, in milliseconds, was the peer's own rest and says nothing about spinning.</summary>
    private const int RestMilliseconds = 10;

    private static readonly long s_restTicks = RestMilliseconds * (Stopwatch.Frequency / 1000);

    private readonly long _limitTicks;
    private readonly long _minimumTicks;
    private int _hitRate = One;
    private long _gapTicks;
    private CycleCost _afterSpin;
    private CycleCost _afterSleep;

    // It begins with a short look at both.
    private int _untilChange = TrialCycles;
    private bool _isTrial;
    private bool _spins;
    private bool _isRest = true;
    private long _cycleStart;

    /// <param name="hold">Longest time to spin without giving way; zero: never spin.</param>
    /// <param name="yield">Longest time to go on after that, giving way to every other thread that wants the processor.</param>
    /// <param name="processorCount">Processors that the process may use; with one, spinning would only keep the peer from running.</param>
    internal SpinGovernor(TimeSpan hold, TimeSpan yield, int processorCount)
    {
        IsEnabled = hold > TimeSpan.Zero && processorCount > 1;
        HoldTicks = (long)(hold.TotalSeconds * Stopwatch.Frequency);
        _limitTicks = HoldTicks + (long)(yield.TotalSeconds * Stopwatch.Frequency);
        _minimumTicks = Math.Min(HoldTicks, 4 * Stopwatch.Frequency / 1_000_000);
        _gapTicks = _limitTicks;
    }

    /// <summary>Whether it ever spins.</summary>
    internal bool IsEnabled { get; }

    /// <summary>The part of a spin, in <see cref="Stopwatch"/> ticks, that does not give way.</summary>
    internal long HoldTicks { get; }

    /// <summary>Ends a cycle and begins the next one with a gap.</summary>
    /// <param name="now">The time, in <see cref="Stopwatch"/> ticks.</param>
    /// <param name="commands">Commands of the cycle that has ended.</param>
    /// <returns>How long to spin, in ticks; 0: sleep at once.</returns>
    internal long NextSpinTicks(long now, long commands)
    {
        if (!_isRest)
        {
            (_spins ? ref _afterSpin : ref _afterSleep).Add(now - _cycleStart, commands);
        }

        _cycleStart = now;
        bool begins = --_untilChange == 0;
        if (begins)
        {
            _isTrial = !_isTrial;
            _untilChange = _isTrial ? TrialCycles : UsualCycles;
        }

        bool mostAreShort = _hitRate >= One / 2;
        long length = mostAreShort ? Math.Clamp(2 * _gapTicks, _minimumTicks, _limitTicks) : _limitTicks;
        bool usual = mostAreShort && !_afterSleep.IsCheaperThan(_afterSpin, length > HoldTicks);
        // What is decided at the start of a trial holds to its end, whatever is learnt meanwhile.
        _spins = !_isTrial ? usual : begins ? !usual : _spins;
        if (begins && _isTrial)
        {
            // What the other way cost long ago, under another load, says nothing about now.
            (_spins ? ref _afterSpin : ref _afterSleep) = default;
        }

        return _spins ? length : 0;
    }

    /// <summary>Learns how long the gap was, however it was spent.</summary>
    /// <param name="ticks">From running out of work to having some again.</param>
    internal void EndGap(long ticks)
    {
        _isRest = ticks >= s_restTicks;
        if (ticks > _limitTicks)
        {
            _hitRate -= _hitRate >> MissShift;
            return;
        }

        _hitRate += (One - _hitRate) >> HitShift;
        _gapTicks += (ticks - _gapTicks) >> GapShift;
    }

    /// <summary>Exponential averages of the time and the commands of a kind of cycle.</summary>
    private struct CycleCost
    {
        private const int AverageShift = 5;

        // Keeps the fraction that the shift would drop.
        private const int FractionBits = 8;

        private long _ticks;
        private long _commands;

        internal void Add(long ticks, long commands)
        {
            ticks <<= FractionBits;
            commands <<= FractionBits;
            _ticks = _ticks == 0 ? ticks : _ticks + ((ticks - _ticks) >> AverageShift);
            _commands = _commands == 0 ? commands : _commands + ((commands - _commands) >> AverageShift);
        }

        /// <param name="other">The other kind.</param>
        /// <param name="mayCostMore">Whether a third more still counts as cheaper.</param>
        internal readonly bool IsCheaperThan(in CycleCost other, bool mayCostMore) =>
            _ticks != 0 && other._ticks != 0 && (double)_ticks * other._commands * (mayCostMore ? 0.75 : 1) < (double)other._ticks * _commands;
    }
}
