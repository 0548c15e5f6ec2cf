// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

public sealed class TcmuFrontNetlinkTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_broken_socket_is_replaced_after_growing_pauses_and_nothing_stays_unseen()
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice gone = fixture.Kernel.AddExisting("gone", "file//g", minor: 0);
        FakeKernelDevice kept = fixture.Kernel.AddExisting("kept", "file//k", minor: 1);
        await fixture.StartAsync();

        fixture.Kernel.BreakSocket(failingOpens: 3);
        fixture.Kernel.Vanish(gone);
        fixture.Kernel.AddExisting("late", "file//l", minor: 2, repliesSupported: -1);
        Task<int> unheard = fixture.Kernel.ReconfigureAsync(kept, new(SizeBytes: 512));
        foreach (int seconds in (int[])[1, 2, 4, 8])
        {
            await fixture.PassAsync(seconds * s_second);
        }

        Assert.Equal(-4, await unheard.WaitAsync(FrontFixture.Limit));
        await fixture.LoggedAsync("in step with the kernel again");
        await fixture.LoggedAsync("file/late (uio2) is being served");
        Assert.Equal(["file/kept", "file/late"], fixture.Front.Devices.Select(device => device.Name));
        Assert.Equal(0, await fixture.Kernel.Create("next", "file//n").Enabled.WaitAsync(FrontFixture.Limit));
        Assert.Equal(2, fixture.Kernel.Journal.Count(entry => entry == "set features"));
        Assert.Single(fixture.Logger.Lines, line => line.Contains("The netlink socket failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reply_that_falls_due_without_a_socket_is_sent_on_the_next_one()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource();
        fixture.Factory.OnOpen = (_, _) =>
        {
            called.SetResult();
            return open.Task;
        };
        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await called.Task.WaitAsync(FrontFixture.Limit);

        fixture.Kernel.BreakSocket(failingOpens: 0);
        await fixture.Time.WhenTimerIsSet(s_second).WaitAsync(FrontFixture.Limit);
        open.SetResult();
        await fixture.LoggedAsync("file/d1 (uio0) is being served");
        Assert.False(enabled.IsCompleted);
        await fixture.PassAsync(s_second);

        Assert.Equal(0, await enabled.WaitAsync(FrontFixture.Limit));
        Assert.Equal(1, device.DoneCount);
        await fixture.LoggedAsync("in step with the kernel again");
        Assert.Equal(TcmuDeviceState.Serving, Assert.Single(fixture.Front.Devices).State);
    }

    [Fact]
    public async Task The_front_stops_while_there_is_no_socket()
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = fixture.Kernel.AddExisting("d1", "file//a", minor: 0);
        await fixture.StartAsync();
        fixture.Kernel.BreakSocket(failingOpens: int.MaxValue);
        await fixture.PassAsync(s_second);
        await fixture.Time.WhenTimerIsSet(2 * s_second).WaitAsync(FrontFixture.Limit);

        await fixture.Front.StopAsync(CancellationToken.None).WaitAsync(FrontFixture.Limit);

        Assert.Empty(fixture.Front.Devices);
        Assert.False(device.IsBlocked);
        Assert.True(fixture.Kernel.IsSocketClosed);
    }
}
