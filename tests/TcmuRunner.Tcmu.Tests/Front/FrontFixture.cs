// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Tests.Netlink;
using TcmuRunner.TestKit;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Tcmu.Tests.Front;

/// <summary>A front over a fake kernel and fake devices, with a clock that stands still.</summary>
internal sealed class FrontFixture : IAsyncDisposable
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FrontFixture(FakeTcmuKernel? kernel = null, TcmuFrontOptions? options = null, bool isPrivileged = true)
    {
        Kernel = kernel ?? new FakeTcmuKernel();
        Factory = new FakeDeviceFactory(Kernel);
        var handler = new TestHandler(_ => throw new InvalidOperationException("Opened by the fake factory."), "file")
        {
            Check = configuration => configuration.Path == "/bad" ? ConfigurationCheck.Invalid("It is bad.") : ConfigurationCheck.Valid,
        };
        Front = new TcmuFront(
            (options ?? new TcmuFrontOptions()) with { Paths = Kernel.Paths },
            new TestCatalog(handler),
            Factory,
            Kernel,
            Kernel.OpenSocket,
            () => isPrivileged,
            Logger,
            Time);
    }

    internal FakeTcmuKernel Kernel { get; }

    internal FakeDeviceFactory Factory { get; }

    internal ManualTimeProvider Time { get; } = new();

    internal ListLogger Logger { get; } = new();

    internal TcmuFront Front { get; }

    internal Task StartAsync() => Front.StartAsync(CancellationToken.None).WaitAsync(Limit);

    /// <summary>Moves the clock to the end of a wait once the front has begun it.</summary>
    internal async Task PassAsync(TimeSpan wait)
    {
        await Time.WhenTimerIsSet(wait).WaitAsync(Limit);
        Time.Advance(wait);
    }

    /// <summary>Moves the clock past each wait of this length until a task has ended.</summary>
    internal async Task PassUntilAsync(Task task, TimeSpan wait)
    {
        while (await Task.WhenAny(task, Time.WhenTimerIsSet(wait)).WaitAsync(Limit) != task)
        {
            Time.Advance(wait);
        }

        await task;
    }

    /// <summary>Waits until the log has a line that contains a text.</summary>
    internal Task LoggedAsync(string text) => Logger.WhenLogged(text).WaitAsync(Limit);

    /// <summary>A handler that does not answer before the end of the test, not even when it is cancelled.</summary>
    internal Task HangAsync() => _end.Task;

    public async ValueTask DisposeAsync()
    {
        _end.SetResult();
        await Front.DisposeAsync().AsTask().WaitAsync(Limit);
        Assert.Empty(Kernel.Violations);
    }
}
