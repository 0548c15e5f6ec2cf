// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.TestKit.Tcmu;

/// <summary>
/// One open of the fake UIO device: an event counter with the baseline taken at open, and a synchronous notify. The eventfd only makes poll(2)
/// wake: it is readable exactly while the counter differs from the value read last.
/// </summary>
internal sealed unsafe class FakeUioChannel : IUioChannel
{
    private readonly FakeKernelRing _kernel;
    private readonly FileDescriptor _eventFd = new(TestLibc.Eventfd(0, TestLibc.EFD_CLOEXEC | TestLibc.EFD_NONBLOCK));
    private uint _lastRead;
    private bool _isSignalled;

    internal FakeUioChannel(FakeKernelRing kernel, uint counter) => (_kernel, _lastRead) = (kernel, counter);

    public SafeHandle Descriptor => _eventFd;

    /// <summary>How often the device was told of answers.</summary>
    internal int Notifications { get; private set; }

    /// <summary>Whether the descriptor is readable.</summary>
    internal bool IsSignalled => _isSignalled;

    internal bool IsClosed { get; private set; }

    public UioEvent ReadEvent()
    {
        lock (_kernel.Mutex)
        {
            if (_kernel.IsRemoved)
            {
                return UioEvent.Gone;
            }

            if (_isSignalled)
            {
                _isSignalled = false;
                ulong value;
                _ = Libc.Read(_eventFd.Number, &value, sizeof(ulong));
            }

            uint counter = _kernel.EventCounter;
            UioEvent result = counter == _lastRead ? UioEvent.None : UioEvent.Raised;
            _lastRead = counter;
            return result;
        }
    }

    public bool Notify()
    {
        Notifications++;
        return _kernel.ProcessCompletions();
    }

    public void Dispose()
    {
        IsClosed = true;
        _kernel.Close(this);
        _eventFd.Dispose();
    }

    /// <summary>The counter has moved; under the kernel's mutex.</summary>
    internal void Signal()
    {
        if (!_isSignalled)
        {
            _isSignalled = true;
            ulong one = 1;
            _ = Libc.Write(_eventFd.Number, &one, sizeof(ulong));
        }
    }
}
