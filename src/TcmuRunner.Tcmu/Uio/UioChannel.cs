// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Tcmu.Uio;

/// <summary>The event channel over <c>/dev/uioN</c>: reads and writes of exactly four bytes (drivers/uio/uio.c).</summary>
internal sealed unsafe class UioChannel : IUioChannel
{
    private const int EventBytes = sizeof(uint);

    private readonly FileDescriptor _descriptor;

    /// <summary>Takes over an open device.</summary>
    /// <param name="descriptor">Opened for reading and writing with O_NONBLOCK; closed by <see cref="Dispose"/>.</param>
    internal UioChannel(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <inheritdoc/>
    public SafeHandle Descriptor => _descriptor;

    /// <inheritdoc/>
    public UioEvent ReadEvent()
    {
        while (true)
        {
            uint counter;
            nint result = Libc.Read(_descriptor.Number, &counter, EventBytes);
            // The counter's value says nothing: it counts since the device was made, jumps and wraps.
            if (result == EventBytes)
            {
                return UioEvent.Raised;
            }

            int errno = result < 0 ? Libc.LastError : Errno.EIO;
            if (errno != Errno.EINTR)
            {
                return errno == Errno.EAGAIN ? UioEvent.None : UioEvent.Gone;
            }
        }
    }

    /// <inheritdoc/>
    public bool Notify()
    {
        while (true)
        {
            uint anyValue = 0;
            if (Libc.Write(_descriptor.Number, &anyValue, EventBytes) == EventBytes)
            {
                return true;
            }

            if (Libc.LastError != Errno.EINTR)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
