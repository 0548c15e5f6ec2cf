// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io;

/// <summary>An eventfd with which other threads wake a sleeping loop.</summary>
/// <remarks>It stays open until the loop's last poster is gone: a thread may be between its decision to wake and the write.</remarks>
internal sealed unsafe class WakeUpEvent : IDisposable
{
    private readonly FileDescriptor _descriptor;

    /// <exception cref="IoLoopException">No descriptor is free.</exception>
    internal WakeUpEvent()
    {
        // Blocking: an io_uring read of a non-blocking eventfd would fail at once instead of waiting.
        _descriptor = new FileDescriptor(Libc.EventFd(0, Libc.EFD_CLOEXEC));
        if (_descriptor.IsInvalid)
        {
            throw new IoLoopException("eventfd", Libc.LastError);
        }
    }

    internal int Descriptor => _descriptor.Number;

    public void Dispose() => _descriptor.Dispose();

    /// <summary>Makes the descriptor readable. Any thread.</summary>
    internal void Set()
    {
        bool taken = false;
        try
        {
            // Keeps the number from being reused while a loop that ends closes it.
            _descriptor.DangerousAddRef(ref taken);
            ulong one = 1;
            nint written;
            do
            {
                written = Libc.Write(_descriptor.Number, &one, sizeof(ulong));
            }
            while (written < 0 && Libc.LastError == Errno.EINTR);
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended and needs no waking: its queue was closed only when it was empty.
            return;
        }
        finally
        {
            if (taken)
            {
                _descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Takes the wake-up back; only when the descriptor is known to be readable, as it would block otherwise.</summary>
    internal void Clear()
    {
        ulong value;
        nint got;
        do
        {
            got = Libc.Read(_descriptor.Number, &value, sizeof(ulong));
        }
        while (got < 0 && Libc.LastError == Errno.EINTR);
    }
}
