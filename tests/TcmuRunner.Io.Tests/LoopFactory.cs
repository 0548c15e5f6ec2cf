// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;

namespace TcmuRunner.Io.Tests;

/// <summary>Starts the loops that the tests run on.</summary>
internal static class LoopFactory
{
    /// <summary>Long enough for the slowest machine; a test that needs it has failed.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static IoLoop Start(string mechanism, TimeSpan? spin = null, int queueEntries = 64)
    {
        var options = new IoLoopOptions
        {
            Name = "test",
            ForceEpoll = mechanism == "epoll",
            MaximumSpin = spin ?? TimeSpan.FromMicroseconds(50),
            QueueEntries = queueEntries,
        };
        IoLoop loop = IoLoop.Start(options, NullLogger.Instance);
        if (loop.Mechanism != mechanism)
        {
            Task ending = loop.DisposeAsync().AsTask();
            ending.Wait(Limit);
            Assert.Skip($"This kernel does not give us {mechanism}.");
        }

        return loop;
    }

    /// <summary>Runs an asynchronous test body on the loop: its continuations stay there.</summary>
    internal static async Task RunAsync(this IoLoop loop, Func<Task> body)
    {
        Task inner = Task.CompletedTask;
        await loop.InvokeAsync(() => inner = body()).WaitAsync(Limit);
        try
        {
            await inner.WaitAsync(Limit);
        }
        finally
        {
            // The body ends on the loop; the rest of the test must not run there.
            await Task.Yield();
        }
    }
}
