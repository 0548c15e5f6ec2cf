// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd.Tests;

/// <summary>What librbd returns, as the engine understands it.</summary>
public sealed class RbdStatusTests
{
    [Theory]
    [InlineData(0, IoOutcome.Good)]
    [InlineData(4096, IoOutcome.Good)]
    [InlineData(-110, IoOutcome.TimedOut)]
    [InlineData(-108, IoOutcome.Fenced)]
    [InlineData(-30, IoOutcome.Fenced)]
    [InlineData(-22, IoOutcome.InvalidField)]
    [InlineData(-28, IoOutcome.NoSpace)]
    [InlineData(-122, IoOutcome.NoSpace)]
    [InlineData(-12, IoOutcome.OutOfResources)]
    [InlineData(-11, IoOutcome.Busy)]
    [InlineData(-16, IoOutcome.Busy)]
    [InlineData(-2, IoOutcome.NotReady)]
    [InlineData(-107, IoOutcome.NotReady)]
    [InlineData(-1, IoOutcome.WriteProtected)]
    [InlineData(-13, IoOutcome.WriteProtected)]
    [InlineData(-5, IoOutcome.WriteError)]
    [InlineData(-4095, IoOutcome.WriteError)]
    public void A_write_ends_as_its_errno_says(int result, IoOutcome expected) => Assert.Equal(expected, RbdStatus.From(result, IoOutcome.WriteError).Outcome);

    [Theory]
    [InlineData(-5)]
    [InlineData(-1)]
    [InlineData(-13)]
    public void A_read_that_fails_for_another_reason_is_a_read_error(int result) =>
        Assert.Equal(IoOutcome.ReadError, RbdStatus.From(result, IoOutcome.ReadError).Outcome);

    [Theory]
    [InlineData(30, 0, 26, 30)]
    [InlineData(26, 0, 26, 31)]
    [InlineData(null, 0, 26, 31)]
    [InlineData(null, 27, 26, null)]
    [InlineData(10, 60, 26, null)]
    [InlineData(40, 60, 26, 40)]
    public void A_time_out_is_longer_than_it_takes_to_notice_a_dead_OSD(int? wanted, int cluster, int detection, int? expected) =>
        Assert.Equal(expected, OperationTimeout.Decide(wanted, cluster, detection));
}
