// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs.Tests;

/// <summary>libgfapi's errors, as the engine understands them.</summary>
public sealed class GlfsStatusTests
{
    [Theory]
    [InlineData(110, false, IoOutcome.TimedOut)]
    [InlineData(107, false, IoOutcome.Busy)]
    [InlineData(107, true, IoOutcome.Busy)]
    [InlineData(11, false, IoOutcome.Busy)]
    [InlineData(11, true, IoOutcome.Fenced)]
    [InlineData(16, true, IoOutcome.Fenced)]
    [InlineData(77, false, IoOutcome.NotReady)]
    [InlineData(116, false, IoOutcome.NotReady)]
    [InlineData(28, false, IoOutcome.NoSpace)]
    [InlineData(122, false, IoOutcome.NoSpace)]
    [InlineData(30, false, IoOutcome.WriteProtected)]
    [InlineData(22, false, IoOutcome.InvalidField)]
    [InlineData(12, false, IoOutcome.OutOfResources)]
    [InlineData(5, false, IoOutcome.WriteError)]
    [InlineData(0, false, IoOutcome.Busy)]
    public void A_write_ends_as_its_errno_says(int errno, bool isLocked, IoOutcome expected) =>
        Assert.Equal(expected, GlfsStatus.From(errno, isLocked, IoOutcome.WriteError));

    [Theory]
    [InlineData(95)]
    [InlineData(38)]
    public async Task What_the_volume_cannot_do_is_left_to_the_engine(int errno)
    {
        using var pool = new NativeOperationPool<GlfsOperation>(static () => new GlfsOperation());
        GlfsOperation operation = pool.Rent();
        operation.Prepare(IoOutcome.WriteError, isLocked: false, mayBeUnsupported: true);
        ValueTask<IoStatus> pending = operation.Start();

        operation.Finish(-1, errno);

        Assert.Equal(IoOutcome.NotSupported, (await pending).Outcome);
    }
}
