// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Io.Tests;

public sealed class SpinGovernorTests
{
    private static readonly TimeSpan s_maximum = TimeSpan.FromMicroseconds(50);
    private static readonly long s_maximumTicks = (long)(s_maximum.TotalSeconds * Stopwatch.Frequency);

    [Fact]
    public void One_processor_never_spins() => Assert.Equal(0, new SpinGovernor(s_maximum, 1).NextSpinTicks());

    [Fact]
    public void Zero_never_spins() => Assert.Equal(0, new SpinGovernor(TimeSpan.Zero, 8).NextSpinTicks());

    [Fact]
    public void It_begins_hopefully() => Assert.Equal(s_maximumTicks, new SpinGovernor(s_maximum, 2).NextSpinTicks());

    [Fact]
    public void Long_gaps_stop_it_but_for_a_trial_now_and_then()
    {
        var governor = new SpinGovernor(s_maximum, 2);
        for (int gap = 0; gap < 20; gap++)
        {
            governor.Learn(s_maximumTicks * 100);
        }

        int spins = Enumerable.Range(0, 640).Count(_ => governor.NextSpinTicks() > 0);

        Assert.Equal(10, spins);
    }

    [Fact]
    public void Short_gaps_start_it_again_and_teach_it_how_long()
    {
        var governor = new SpinGovernor(s_maximum, 2);
        for (int gap = 0; gap < 20; gap++)
        {
            governor.Learn(s_maximumTicks * 100);
        }

        for (int gap = 0; gap < 100; gap++)
        {
            governor.Learn(s_maximumTicks / 10);
        }

        Assert.InRange(governor.NextSpinTicks(), s_maximumTicks / 6, s_maximumTicks / 3);
    }

    [Theory]
    [InlineData(9, 3, 0, 40)]
    [InlineData(3, 9, 460, 500)]
    public void It_does_what_makes_gaps_shorter(int tenthsAfterSpin, int tenthsAfterSleep, int least, int most)
    {
        var governor = new SpinGovernor(s_maximum, 2);
        int spins = 0;

        for (int decision = 0; decision < 1000; decision++)
        {
            bool spin = governor.NextSpinTicks() > 0;
            spins += spin && decision >= 500 ? 1 : 0;
            governor.Learn(s_maximumTicks * (spin ? tenthsAfterSpin : tenthsAfterSleep) / 10);
        }

        Assert.InRange(spins, least, most);
    }
}
