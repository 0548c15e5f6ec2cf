// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using TcmuRunner.Io.Files;

namespace TcmuRunner.Io.Tests;

public sealed class InlineWriteGovernorTests
{
    [Fact]
    public void Quick_writes_stay_on_the_thread()
    {
        var governor = new InlineWriteGovernor();

        governor.Learn(Stopwatch.GetTimestamp(), 1 << 20);

        Assert.True(governor.Allows());
    }

    [Fact]
    public void A_slow_write_sends_the_next_ones_elsewhere_for_a_while()
    {
        var governor = new InlineWriteGovernor();

        governor.Learn(Stopwatch.GetTimestamp() - Stopwatch.Frequency, 4096);

        Assert.False(governor.Allows());
        Assert.True(SpinWait.SpinUntil(governor.Allows, LoopFactory.Limit));
    }
}
