// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

public sealed class TcmuFrontReconfigureTests
{
    public static TheoryData<string?, ulong?, int?, string?, int> Changes => new()
    {
        { null, 2097152, null, "size 2097152", 0 },
        { null, 1048576, null, "size 1048576", 0 },
        { null, 1000, null, null, -22 },
        { null, 0, null, null, -22 },
        { null, ulong.MaxValue - 511, null, null, -22 },
        { null, null, 1, "cache True", 0 },
        { null, null, 0, "cache False", 0 },
        { "file//b\n", null, null, "configuration file//b", 0 },
        { "file//a;tcmur_cmd_time_out=9", null, null, "configuration file//a", 0 },
        { "file//b;tcmur_cmd_time_out=x", null, null, null, -22 },
        { "other//b", null, null, null, -95 },
        { null, null, null, null, -95 },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_reaches_the_device_and_its_result_the_administrator(
        string? configuration, ulong? sizeBytes, int? writeCache, string? expectedCall, int expected)
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = await ServeAsync(fixture);
        string? call = null;
        fixture.Factory["file/d1"].OnChange = what =>
        {
            call = what;
            return Task.CompletedTask;
        };

        int status = await fixture.Kernel.ReconfigureAsync(
            device, new(configuration, sizeBytes, (byte?)writeCache, Unknown: true)).WaitAsync(FrontFixture.Limit);

        Assert.Equal(expected, status);
        Assert.Equal(expectedCall, call);
        Assert.Equal(2, device.DoneCount);
    }

    [Theory]
    [InlineData(HandlerErrorKind.Failed, -5)]
    [InlineData(HandlerErrorKind.NotSupported, -95)]
    [InlineData(HandlerErrorKind.NoSpace, -28)]
    [InlineData(HandlerErrorKind.SizeMismatch, -22)]
    public async Task A_refusal_reaches_the_administrator(HandlerErrorKind kind, int expected)
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = await ServeAsync(fixture);
        fixture.Factory["file/d1"].OnChange = _ => throw new HandlerException(kind, "No.");

        Assert.Equal(expected, await fixture.Kernel.ReconfigureAsync(device, new(SizeBytes: 512)).WaitAsync(FrontFixture.Limit));
        Assert.Equal(1048576, fixture.Front.Devices[0].SizeBytes);
    }

    /// <summary>The kernel keeps the size: it is told, and asks to resize the device, as for the administrator.</summary>
    [Fact]
    public async Task A_size_that_the_backing_store_got_from_elsewhere_is_written_to_the_kernel()
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = await ServeAsync(fixture);

        await fixture.Factory.Requests[0].FollowSize(2097152).WaitAsync(FrontFixture.Limit);

        Assert.Equal("2097152", device.Attributes["dev_size"]);
    }

    [Fact]
    public async Task A_new_configuration_shows_in_the_status()
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = await ServeAsync(fixture);

        await fixture.Kernel.ReconfigureAsync(device, new("file//b")).WaitAsync(FrontFixture.Limit);

        Assert.Equal("file//b", fixture.Front.Devices[0].Configuration);
    }

    [Fact]
    public async Task An_unknown_device_is_answered_with_no_such_device()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        FakeKernelDevice device = fixture.Kernel.AddExisting("d9", "file//a", 9);

        Assert.Equal(-19, await fixture.Kernel.ReconfigureAsync(device, new(SizeBytes: 512)).WaitAsync(FrontFixture.Limit));
    }

    [Fact]
    public async Task A_handler_that_hangs_in_a_change_times_out_and_the_next_change_finds_it_busy()
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = await ServeAsync(fixture);
        Task<int> hung = await HangAsync(fixture, device);
        Assert.Equal(-110, await hung);
        Task<int> next = fixture.Kernel.ReconfigureAsync(device, new(WriteCache: 1));
        await fixture.PassUntilAsync(next, new TcmuFrontOptions().ReconfigureLimit);

        Assert.Equal(-16, await next);
    }

    [Fact]
    public async Task A_device_whose_handler_hangs_can_be_removed()
    {
        await using var fixture = new FrontFixture();
        FakeKernelDevice device = await ServeAsync(fixture);
        await HangAsync(fixture, device);

        await fixture.PassUntilAsync(fixture.Kernel.RemoveAsync(device), new TcmuFrontOptions().StopLimit);

        Assert.Empty(fixture.Front.Devices);
    }

    /// <summary>Has the handler hang in a change until the administrator is told.</summary>
    private static async Task<Task<int>> HangAsync(FrontFixture fixture, FakeKernelDevice device)
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Factory["file/d1"].OnChange = _ =>
        {
            called.TrySetResult();
            return fixture.HangAsync();
        };
        Task<int> hung = fixture.Kernel.ReconfigureAsync(device, new(SizeBytes: 512));
        await called.Task.WaitAsync(FrontFixture.Limit);
        await fixture.PassUntilAsync(hung, new TcmuFrontOptions().ReconfigureLimit);
        return hung;
    }

    private static async Task<FakeKernelDevice> ServeAsync(FrontFixture fixture)
    {
        await fixture.StartAsync();
        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        Assert.Equal(0, await enabled.WaitAsync(FrontFixture.Limit));
        return device;
    }
}
