// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>A device over the fake kernel, on a loop that the test turns by hand or on a real one.</summary>
internal sealed class RingHarness : IAsyncDisposable
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private RingHarness(FakeKernelRing kernel, ScriptedDevice handler) => (Kernel, Handler) = (kernel, handler);

    internal FakeKernelRing Kernel { get; }

    internal ScriptedDevice Handler { get; }

    internal RecordingLogger Logger { get; } = new();

    /// <summary>The loop turned by hand; null where the device runs on a real one.</summary>
    internal ManualLoop? ManualLoop { get; private set; }

    internal ManualLoop Loop => ManualLoop!;

    internal TcmuDevice Device { get; private set; } = null!;

    internal FakeUioChannel Channel { get; private set; } = null!;

    /// <summary>Starts a device.</summary>
    /// <param name="kernelOptions">How the kernel's side is laid out.</param>
    /// <param name="configure">Changes the device's options.</param>
    /// <param name="isReal">Whether it runs on a real loop.</param>
    /// <param name="prepare">What the kernel does before the device is opened.</param>
    internal static async Task<RingHarness> StartAsync(
        FakeKernelOptions? kernelOptions = null,
        Func<TcmuDeviceOptions, TcmuDeviceOptions>? configure = null,
        bool isReal = false,
        Action<FakeKernelRing>? prepare = null)
    {
        var harness = new RingHarness(new FakeKernelRing(kernelOptions), new ScriptedDevice());
        prepare?.Invoke(harness.Kernel);
        await harness.OpenAsync(configure, isReal);
        return harness;
    }

    /// <summary>Starts one more device over the same kernel, as a restarted daemon does.</summary>
    internal async Task OpenAsync(Func<TcmuDeviceOptions, TcmuDeviceOptions>? configure = null, bool isReal = false)
    {
        var options = new TcmuDeviceOptions
        {
            Name = "user_0/disk",
            UioName = "uio0",
            Uio = Kernel.Open(),
            LogicalUnit = TestUnit.Open(Handler, logger: Logger),
        };
        Channel = Kernel.Channel!;
        if (!isReal)
        {
            FakeUioChannel channel = Channel;
            ManualLoop = new ManualLoop(() => channel.IsSignalled);
            options = options with { StartLoop = (_, _) => ManualLoop };
        }

        Device = await TcmuDevice.StartAsync(configure?.Invoke(options) ?? options, Logger, TimeProvider.System, CancellationToken.None);
    }

    /// <summary>Turns the loop until nothing moves any more.</summary>
    internal void Settle()
    {
        long before;
        do
        {
            before = Kernel.Collected + Device.Counters.Commands;
            Loop.Turn();
        }
        while (Kernel.Collected + Device.Counters.Commands != before || Loop.Posted != 0);
    }

    internal FakeCommand Read(int length, int tag = 0) => Kernel.Submit(Cdbs.Read, DataDirection.In, length, tag: tag);

    /// <summary>Asserts that the device kept to the kernel's rules.</summary>
    internal void AssertClean()
    {
        Assert.Empty(Kernel.Violations);
        Assert.False(Kernel.IsBroken);
    }

    public async ValueTask DisposeAsync()
    {
        ManualLoop?.Turn();
        while (Handler.Pending.Count != 0)
        {
            Handler.End();
        }

        ManualLoop?.Turn();
        await Device.StopAsync(Limit);
        AssertClean();
        Kernel.Dispose();
    }
}
