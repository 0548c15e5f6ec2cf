// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TcmuRunner.DBus.Native;

/// <summary>An eventfd that ends a poll from another thread.</summary>
internal sealed unsafe class WakeUp : IDisposable
{
    private readonly SafeFileHandle _event;

    internal WakeUp()
    {
        int descriptor = Libc.EventFd(0, Libc.EventFdNonBlocking | Libc.EventFdCloseOnExec);
        _event = descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), "No event can be made for the bus thread.");
    }

    /// <summary>The number to poll; valid until <see cref="Dispose"/>.</summary>
    internal int Descriptor => (int)_event.DangerousGetHandle();

    /// <summary>Ends the poll, or the next one. Any thread, not after <see cref="Dispose"/>.</summary>
    internal void Set()
    {
        // A full counter (EAGAIN) wakes as well.
        ulong one = 1;
        Libc.Write(Descriptor, &one, sizeof(ulong));
    }

    /// <summary>Waits for the next <see cref="Set"/> again.</summary>
    internal void Reset()
    {
        ulong count;
        Libc.Read(Descriptor, &count, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose() => _event.Dispose();
}
