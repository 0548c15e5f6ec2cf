// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Io.Files;
using TcmuRunner.Io.Native;
using static TcmuRunner.Io.Native.IoUringConstants;

namespace TcmuRunner.Io;

/// <summary>The loop on io_uring: descriptors, wake-ups, time-outs and file operations are all waited for by the call that also submits.</summary>
internal sealed unsafe class UringLoop : LoopCore
{
    // What a completion belongs to: the low byte of its user data; the rest is an index.
    private const int KindBits = 8;
    private const ulong WakeUpKind = 1;
    private const ulong SourceKind = 2;
    private const ulong FileKind = 3;
    private const ulong PollRemoveKind = 4;

    /// <summary>Where the reads of all wake-up eventfds go. Nobody looks at it, and it is never freed, so that a ring which is being torn down
    /// may still write to it.</summary>
    private static readonly ulong* s_wakeUpValue = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));

    private readonly int _queueEntries;
    private readonly SlotTable<SourceSlot> _slots = new();
    private readonly SlotTable<FileOperation> _files = new();
    private IoUring? _ring;
    private WakeUpEvent? _wakeUp;
    private bool _wakeUpArmed;
    private bool _allArmed;

    // Operations for which the submission ring had no room, in order.
    private FileOperation? _firstWaiting;
    private FileOperation? _lastWaiting;

    internal UringLoop(IoLoopOptions options, ILogger logger)
        : base(options, logger) => _queueEntries = options.QueueEntries;

    /// <inheritdoc/>
    public override string Mechanism => "io_uring";

    private protected override bool HasCompletions => _ring!.HasCompletions || _ring.NeedsEnter;

    internal override void Submit(FileOperation operation)
    {
        if (_firstWaiting is null && TryGetSubmission(out IoUringSubmission* submission))
        {
            Fill(submission, operation);
            return;
        }

        operation.NextInQueue = null;
        if (_lastWaiting is null)
        {
            _firstWaiting = operation;
        }
        else
        {
            _lastWaiting.NextInQueue = operation;
        }

        _lastWaiting = operation;
    }

    private protected override void OpenMechanism()
    {
        _ring = new IoUring(_queueEntries);
        _wakeUp = new WakeUpEvent();
    }

    private protected override void CloseMechanism()
    {
        _ring?.Dispose();
        _wakeUp?.Dispose();
    }

    private protected override bool Harvest()
    {
        IoUring ring = _ring!;
        if (ring.NeedsEnter)
        {
            Enter(0);
        }

        // What arrives from here on waits for the next turn, so that the other parts of this one get theirs.
        uint count = ring.CompletionCount;
        bool worked = false;
        for (; count > 0 && ring.TryTake(out IoUringCompletion completion); count--)
        {
            worked |= Handle(completion);
        }

        SubmitWaiting();
        return worked;
    }

    private protected override void SubmitPending()
    {
        SubmitWaiting();
        if (_ring!.HasPending)
        {
            Enter(0);
        }
    }

    private protected override void ArmWakeUps()
    {
        if (!_wakeUpArmed && TryGetSubmission(out IoUringSubmission* submission))
        {
            submission->Opcode = IORING_OP_READ;
            submission->Descriptor = _wakeUp!.Descriptor;
            submission->Address = (ulong)s_wakeUpValue;
            submission->Length = sizeof(ulong);
            submission->UserData = WakeUpKind;
            _wakeUpArmed = true;
        }

        _allArmed = _wakeUpArmed;
        List<SourceSlot> sources = Sources;
        for (int index = 0; index < sources.Count; index++)
        {
            SourceSlot slot = sources[index];
            if (!slot.IsActive || slot.IsArmed)
            {
                continue;
            }

            if (TryGetSubmission(out submission))
            {
                submission->Opcode = IORING_OP_POLL_ADD;
                submission->Descriptor = slot.Descriptor;
                submission->OperationFlags = (uint)Libc.POLLIN;
                submission->UserData = UserData(SourceKind, slot.Index);
                slot.IsArmed = true;
            }
            else
            {
                _allArmed = false;
            }
        }
    }

    private protected override void Wait(int timeoutMilliseconds)
    {
        SubmitWaiting();
        // The ring was too small for a poll request or an operation: waiting for what the kernel has not got could be for ever. Go round.
        Enter(_allArmed && _firstWaiting is null ? timeoutMilliseconds : 0);
    }

    private protected override void Wake() => _wakeUp!.Set();

    private protected override void Watch(SourceSlot slot) => slot.Index = _slots.Add(slot);

    private protected override void Unwatch(SourceSlot slot)
    {
        if (!slot.IsArmed)
        {
            Forget(slot);
            return;
        }

        // The poll request completes with ECANCELED, or with the event that it has just seen; either lets go of the descriptor.
        SubmitPollRemove(slot);
    }

    private static ulong UserData(ulong kind, int index) => kind | ((ulong)(uint)index << KindBits);

    private bool Handle(in IoUringCompletion completion)
    {
        int index = (int)(completion.UserData >> KindBits);
        switch (completion.UserData & ((1 << KindBits) - 1))
        {
            case WakeUpKind:
                // What was posted is found in the queue; this is no work by itself.
                _wakeUpArmed = false;
                return false;
            case SourceKind:
                HandleReady(_slots[index], completion.Result);
                return true;
            case FileKind:
                FileOperation operation = _files.Remove(index);
                if (operation.Advance(completion.Result))
                {
                    EndOperation(operation);
                }
                else
                {
                    Submit(operation);
                }

                return true;
            default:
                // The poll request was gone already, or its own completion follows.
                return false;
        }
    }

    private void HandleReady(SourceSlot slot, int result)
    {
        slot.IsArmed = false;
        if (!slot.IsActive)
        {
            Forget(slot);
            return;
        }

        // A failed poll request tells nothing about the descriptor but that it is bad: the source finds out by reading it.
        Ready(slot, result < 0 ? Libc.POLLERR : (short)result);
    }

    private void Forget(SourceSlot slot)
    {
        _slots.Remove(slot.Index);
        slot.Release();
    }

    private void SubmitPollRemove(SourceSlot slot)
    {
        IoUringSubmission* submission;
        while (!TryGetSubmission(out submission))
        {
            // Full although the kernel was entered just now: it wants completions to be taken first.
            Harvest();
        }

        submission->Opcode = IORING_OP_POLL_REMOVE;
        submission->Address = UserData(SourceKind, slot.Index);
        submission->UserData = PollRemoveKind;
    }

    private void SubmitWaiting()
    {
        while (_firstWaiting is not null && TryGetSubmission(out IoUringSubmission* submission))
        {
            FileOperation operation = _firstWaiting;
            _firstWaiting = operation.NextInQueue;
            if (_firstWaiting is null)
            {
                _lastWaiting = null;
            }

            operation.NextInQueue = null;
            Fill(submission, operation);
        }
    }

    private void Fill(IoUringSubmission* submission, FileOperation operation)
    {
        operation.Prepare(submission);
        submission->UserData = UserData(FileKind, _files.Add(operation));
    }

    private bool TryGetSubmission(out IoUringSubmission* submission)
    {
        if (_ring!.TryGetSubmission(out submission))
        {
            return true;
        }

        Enter(0);
        return _ring.TryGetSubmission(out submission);
    }

    private void Enter(int timeoutMilliseconds)
    {
        Counters.CountKernelEntry();
        int errno = _ring!.Enter(timeoutMilliseconds);
        // EBUSY, EAGAIN: too many completions not taken, or no memory for a request. What is pending stays so; the next turn makes room.
        if (errno is not (0 or Errno.ETIME or Errno.EINTR or Errno.EBUSY or Errno.EAGAIN))
        {
            throw new IoLoopException("io_uring_enter", errno);
        }
    }
}
