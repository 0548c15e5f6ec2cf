// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Io.Tests;

public sealed class SpinGovernorTests
{
    private static readonly TimeSpan s_hold = TimeSpan.FromMicroseconds(50);
    private static readonly long s_holdTicks = (long)(s_hold.TotalSeconds * Stopwatch.Frequency);

    private long _now = 1;
    private long _lastSpin;

    [Fact]
    public void One_processor_never_spins() => Assert.False(new SpinGovernor(s_hold, s_hold, 1).IsEnabled);

    [Fact]
    public void Zero_never_spins() => Assert.False(new SpinGovernor(TimeSpan.Zero, s_hold, 8).IsEnabled);

    [Fact]
    public void It_begins_hopefully() => Assert.Equal(s_holdTicks, new SpinGovernor(s_hold, TimeSpan.Zero, 2).NextSpinTicks(1, 1));

    [Fact]
    public void Long_gaps_stop_it_but_for_a_trial_now_and_then()
    {
        var governor = new SpinGovernor(s_hold, TimeSpan.Zero, 2);

        int spins = Run(governor, 1024, _ => (s_holdTicks * 100, 1));

        Assert.InRange(spins, 16, 32);
    }

    [Fact]
    public void Short_gaps_start_it_again_and_teach_it_how_long()
    {
        var governor = new SpinGovernor(s_hold, TimeSpan.Zero, 2);
        Run(governor, 100, _ => (s_holdTicks * 100, 1));

        Run(governor, 1024, _ => (s_holdTicks / 10, 1));

        Assert.InRange(_lastSpin, s_holdTicks / 6, s_holdTicks / 3);
    }

    [Theory]
    [InlineData(9, 3, 0, 64)]
    [InlineData(3, 9, 960, 1024)]
    public void It_does_what_makes_gaps_shorter(int tenthsAfterSpin, int tenthsAfterSleep, int least, int most)
    {
        var governor = new SpinGovernor(s_hold, TimeSpan.Zero, 2);

        int spins = Run(governor, 1024, spin => (s_holdTicks * (spin ? tenthsAfterSpin : tenthsAfterSleep) / 10, 1));

        Assert.InRange(spins, least, most);
    }

    /// <summary>A spin that finds one command at a time costs more than a sleep that finds many, although its gaps are shorter.</summary>
    [Fact]
    public void It_counts_what_a_gap_brings()
    {
        var governor = new SpinGovernor(s_hold, TimeSpan.Zero, 2);

        int spins = Run(governor, 1024, spin => spin ? (s_holdTicks * 3 / 10, 1) : (s_holdTicks * 9 / 10, 8));

        Assert.InRange(spins, 0, 64);
    }

    [Theory]
    [InlineData(4, 10, 960, 1024)]
    [InlineData(9, 10, 0, 64)]
    public void A_spin_that_gives_way_has_to_be_cheaper_by_a_quarter(int holdsAfterSpin, int holdsAfterSleep, int least, int most)
    {
        var governor = new SpinGovernor(s_hold, 20 * s_hold, 2);

        int spins = Run(governor, 1024, spin => (s_holdTicks * (spin ? holdsAfterSpin : holdsAfterSleep), 1));

        Assert.InRange(spins, least, most);
    }

    /// <returns>How often it spun.</returns>
    private int Run(SpinGovernor governor, int cycles, Func<bool, (long Gap, long Commands)> peer)
    {
        int spins = 0;
        long commands = 1;
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            long length = governor.NextSpinTicks(_now, commands);
            bool spin = length > 0;
            spins += spin ? 1 : 0;
            _lastSpin = spin ? length : _lastSpin;
            (long gap, commands) = peer(spin);
            governor.EndGap(gap);
            _now += gap + 1;
        }

        return spins;
    }
}
