// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using TcmuRunner.Io.Files;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Tests;

public sealed class InlineWriteGovernorTests
{
    private static readonly long s_aSecondAgo = -Stopwatch.Frequency;

    [Fact]
    public void Quick_writes_stay_on_the_thread()
    {
        var governor = new InlineWriteGovernor();

        governor.End(governor.Begin(), 1 << 20);

        Assert.True(governor.Allows());
        Assert.Equal(-1, governor.Begin().Switches);
    }

    [Fact]
    public void Slow_writes_that_did_not_sleep_were_preempted_and_stay()
    {
        var governor = new InlineWriteGovernor();

        governor.End(Slow(governor.Begin()), 4096);
        governor.End(Slow(governor.Begin()), 4096);

        Assert.True(governor.Allows());
    }

    [Fact]
    public void A_slow_write_that_slept_sends_the_next_ones_elsewhere_for_a_while()
    {
        var governor = new InlineWriteGovernor();
        governor.End(Slow(governor.Begin()), 4096);
        InlineWriteGovernor.Attempt watched = governor.Begin();

        governor.End(Slow(watched) with { Switches = watched.Switches - 1 }, 4096);

        Assert.False(governor.Allows());
        Assert.True(SpinWait.SpinUntil(governor.Allows, LoopFactory.Limit));
    }

    [Fact]
    public void A_thread_that_waits_switches_voluntarily()
    {
        long before = Libc.VoluntaryContextSwitches();

        new ManualResetEventSlim().WaitHandle.WaitOne(1);

        Assert.True(Libc.VoluntaryContextSwitches() > before);
    }

    private static InlineWriteGovernor.Attempt Slow(InlineWriteGovernor.Attempt attempt) => attempt with { Start = attempt.Start + s_aSecondAgo };
}
