// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Io;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>Start and end.</content>
internal sealed partial class Hub
{
    /// <summary>Starts a loop with its hub. For control threads.</summary>
    /// <exception cref="IscsiException">The kernel gives no epoll set.</exception>
    internal static async Task<Hub> StartAsync(IoLoopOptions options, long memoryLimitBytes, ILogger logger)
    {
        var epoll = new FileDescriptor(Libc.EpollCreate1(Libc.EPOLL_CLOEXEC));
        if (epoll.IsInvalid)
        {
            throw IscsiException.FromErrno(IscsiErrorKind.Failed, "An epoll set cannot be made", Libc.LastError);
        }

        IoLoop loop = IoLoop.Start(options, logger);
        var hub = new Hub(epoll, loop, memoryLimitBytes, logger);
        await loop.AddAsync(hub).ConfigureAwait(false);
        return hub;
    }

    /// <summary>Ends the loop. Its members must be gone. For control threads.</summary>
    internal async ValueTask StopAsync()
    {
        await Loop.RemoveAsync(this).ConfigureAwait(false);
        await Loop.DisposeAsync().ConfigureAwait(false);
        Free();
    }
}
