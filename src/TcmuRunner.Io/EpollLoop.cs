// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Io.Files;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io;

/// <summary>The loop for kernels without a usable io_uring: epoll for descriptors, worker threads for file operations that would block.</summary>
/// <remarks>Descriptors are watched level-triggered, so that nothing has to be armed; results of the workers arrive as posted work.</remarks>
internal sealed unsafe class EpollLoop : LoopCore
{
    private const int MaximumEvents = 64;

    /// <summary>Marks the wake-up's event; sources are numbered from 0.</summary>
    private const ulong WakeUpData = ulong.MaxValue;

    private readonly byte[] _events = new byte[MaximumEvents * EpollEvents.MaximumSize];
    private readonly Dictionary<int, SourceSlot> _slots = [];
    private FileDescriptor? _epoll;
    private WakeUpEvent? _wakeUp;
    private int _nextIndex;
    private int _ready;

    internal EpollLoop(IoLoopOptions options, ILogger logger)
        : base(options, logger)
    {
    }

    /// <inheritdoc/>
    public override string Mechanism => "epoll";

    private protected override bool HasCompletions => _ready > 0;

    internal override void Submit(FileOperation operation) => Workers.Queue(operation.BlockingWork);

    private protected override void OpenMechanism()
    {
        _epoll = new FileDescriptor(Libc.EpollCreate1(Libc.EPOLL_CLOEXEC));
        if (_epoll.IsInvalid)
        {
            throw new IoLoopException("epoll_create1", Libc.LastError);
        }

        _wakeUp = new WakeUpEvent();
        Control(Libc.EPOLL_CTL_ADD, _wakeUp.Descriptor, WakeUpData);
    }

    private protected override void CloseMechanism()
    {
        _epoll?.Dispose();
        _wakeUp?.Dispose();
    }

    private protected override bool Harvest()
    {
        int count = _ready;
        _ready = 0;
        bool worked = false;
        for (int index = 0; index < count; index++)
        {
            (uint events, ulong data) = EpollEvents.Read(_events, index);
            if (data == WakeUpData)
            {
                _wakeUp!.Clear();
            }
            else if (_slots.TryGetValue((int)data, out SourceSlot? slot))
            {
                // Absent: removed by what ran for an earlier event of the same wait.
                Ready(slot, (short)events);
                worked = true;
            }
        }

        return worked;
    }

    private protected override void SubmitPending()
    {
        // The workers have begun already.
    }

    private protected override void ArmWakeUps()
    {
        // Level-triggered: always armed.
    }

    private protected override void Wait(int timeoutMilliseconds)
    {
        Counters.CountKernelEntry();
        fixed (byte* events = _events)
        {
            int count = Libc.EpollWait(_epoll!.Number, events, MaximumEvents, timeoutMilliseconds);
            int error = count < 0 ? Libc.LastError : 0;
            if (error is not 0 and not Errno.EINTR)
            {
                throw new IoLoopException("epoll_wait", error);
            }

            _ready = Math.Max(count, 0);
        }
    }

    private protected override void Wake() => _wakeUp!.Set();

    private protected override void Watch(SourceSlot slot)
    {
        slot.Index = _nextIndex++;
        Control(Libc.EPOLL_CTL_ADD, slot.Descriptor, (ulong)slot.Index);
        _slots.Add(slot.Index, slot);
    }

    private protected override void Unwatch(SourceSlot slot)
    {
        _slots.Remove(slot.Index);
        Control(Libc.EPOLL_CTL_DEL, slot.Descriptor, 0);
        slot.Release();
    }

    private void Control(int operation, int descriptor, ulong data)
    {
        Span<byte> entry = stackalloc byte[EpollEvents.MaximumSize];
        EpollEvents.Write(entry, (uint)Libc.POLLIN, data);
        fixed (byte* pointer = entry)
        {
            if (Libc.EpollCtl(_epoll!.Number, operation, descriptor, pointer) < 0)
            {
                throw new IoLoopException("epoll_ctl", Libc.LastError);
            }
        }
    }
}
