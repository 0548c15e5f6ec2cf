// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Tests.Ring;
using TcmuRunner.TestKit.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Device;

/// <summary>Ten million commands: none is lost, none is answered twice, and nothing is allocated for them.</summary>
[Trait("Category", "Long")]
public sealed class LongRunTests
{
    private const int Commands = 10_000_000;
    private const int WarmUp = 100_000;
    private const int Depth = 32;
    private const int DataBytes = 4096;

    [Fact]
    public async Task Ten_million_reads_lose_none_and_allocate_nothing()
    {
        using var kernel = new FakeKernelRing(new FakeKernelOptions { RingSizeBytes = 65408 - 8 });
        await using TcmuDevice device = await TcmuDevice.StartAsync(
            new TcmuDeviceOptions
            {
                Name = "user_0/null",
                UioName = "uio0",
                Uio = kernel.Open(),
                LogicalUnit = TestUnit.Open(new NullDevice()),
                CommandTimeOut = TimeSpan.FromSeconds(30),
            },
            NullLogger.Instance,
            TimeProvider.System,
            CancellationToken.None);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (int answered, int bad, long allocatedBefore, long allocated) = (0, 0, 0, -1);
        // Runs on the loop's thread, inside the notification, and sends the next command: the same thread allocates for both sides.
        kernel.Completed = command =>
        {
            bad += command.Status == ScsiStatus.Good && command.ReturnedLength == DataBytes && command.Completions == 1 ? 0 : 1;
            if (++answered == WarmUp)
            {
                allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (answered == Commands)
            {
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
                done.SetResult();
            }

            if (answered <= Commands - Depth)
            {
                kernel.Submit(command);
            }
        };

        for (int index = 0; index < Depth; index++)
        {
            kernel.Submit(Cdbs.Read, DataDirection.In, DataBytes);
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.True(await device.DrainAsync(RingHarness.Limit));

        Assert.Equal(0, allocated);
        Assert.Equal(0, bad);
        Assert.Equal(Commands, answered);
        Assert.Equal(Commands, device.Counters.Commands);
        Assert.Equal(Commands * (long)DataBytes, device.Counters.DataBytes);
        Assert.Equal(0, kernel.OnRing);
        Assert.Empty(kernel.Violations);
    }
}
