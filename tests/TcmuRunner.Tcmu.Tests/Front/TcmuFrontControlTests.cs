// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

/// <summary>What D-Bus asks of the front.</summary>
public sealed class TcmuFrontControlTests
{
    [Theory]
    [InlineData("file//a", null)]
    [InlineData("file//a;tcmur_cmd_time_out=9", null)]
    [InlineData("file//bad", "It is bad.")]
    [InlineData("fil//a", "No handler for 'fil' is loaded.")]
    [InlineData("file//a;tcmur_cmd_time_out=soon", "The option tcmur_cmd_time_out is 'soon'; it takes whole seconds from 0 (never) to 86400.")]
    public async Task A_configuration_is_checked_as_a_new_device_s_would_be(string configuration, string? reason)
    {
        await using var fixture = new FrontFixture();

        Assert.Equal(reason, fixture.Front.CheckConfiguration(configuration));
    }

    [Fact]
    public async Task Every_change_of_the_devices_is_told()
    {
        await using var fixture = new FrontFixture();
        var seen = new ConcurrentQueue<string>();
        fixture.Front.DevicesChanged += () => seen.Enqueue(
            string.Join(' ', fixture.Front.Devices.Select(device => $"{device.Name} {device.State}")));
        await fixture.StartAsync();

        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await enabled.WaitAsync(FrontFixture.Limit);
        await fixture.Kernel.ReconfigureAsync(device, new(null, 2097152, null, Unknown: true)).WaitAsync(FrontFixture.Limit);
        await fixture.Kernel.RemoveAsync(device).WaitAsync(FrontFixture.Limit);

        Assert.Equal(["file/d1 Serving", "file/d1 Serving", ""], seen);
    }

    [Fact]
    public async Task A_subtype_that_is_served_elsewhere_is_left_alone()
    {
        await using var fixture = new FrontFixture(options: new TcmuFrontOptions { IsServedElsewhere = subtype => subtype == "qux" });
        await fixture.StartAsync();

        (FakeKernelDevice elsewhere, Task<int> enabled) = fixture.Kernel.Create("x", "qux//a");
        int unknown = await fixture.Kernel.Create("y", "other//a").Enabled.WaitAsync(FrontFixture.Limit);

        Assert.Equal(-2, unknown);
        Assert.False(enabled.IsCompleted);
        Assert.Equal(0, elsewhere.DoneCount);
    }

    [Fact]
    public async Task A_loop_that_hangs_is_named()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        await fixture.Kernel.Create("d1", "file//a").Enabled.WaitAsync(FrontFixture.Limit);
        await fixture.Kernel.Create("d2", "file//b").Enabled.WaitAsync(FrontFixture.Limit);
        fixture.Factory["file/d2"].OnPing = fixture.HangAsync;

        Task<(int Count, IReadOnlyList<string> Silent)> asking = fixture.Front.AskLoopsAsync(TimeSpan.FromSeconds(5));
        await fixture.PassUntilAsync(asking, TimeSpan.FromSeconds(5));

        Assert.Equal(2, (await asking).Count);
        Assert.Equal(["file/d2"], (await asking).Silent);
    }

    [Fact]
    public async Task The_reason_of_a_refused_change_is_kept_until_one_is_accepted()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await enabled.WaitAsync(FrontFixture.Limit);

        await fixture.Kernel.ReconfigureAsync(device, new(null, 1000, null, Unknown: true)).WaitAsync(FrontFixture.Limit);
        string? refusal = Assert.Single(fixture.Front.Devices).LastRefusal;
        await fixture.Kernel.ReconfigureAsync(device, new(null, 2097152, null, Unknown: true)).WaitAsync(FrontFixture.Limit);

        Assert.Equal("1000 bytes is not a positive multiple of the block size, 512.", refusal);
        Assert.Null(Assert.Single(fixture.Front.Devices).LastRefusal);
    }
}
