// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Io.Native;
using static TcmuRunner.Io.Native.IoUringConstants;

namespace TcmuRunner.Io;

/// <summary>A submission and a completion ring shared with the kernel (io_uring_setup(2)). One thread only: the one that created it.</summary>
/// <remarks>
/// Who writes what: we write the submission tail and the completion head, the kernel the other two. Each side publishes with a release store
/// what it has written to the entries before, and the other side reads it with an acquire load.
/// </remarks>
internal sealed unsafe class IoUring : IDisposable
{
    // In the order of preference. The first delivers completions only when we ask, which saves interrupts of this thread (Linux 6.1); the
    // second only when we enter the kernel anyway (5.19); the last works from 5.11 on.
    private static readonly uint[] s_setupFlags =
    [
        IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        IORING_SETUP_CLAMP,
    ];

    private readonly FileDescriptor _descriptor;
    private readonly MemoryMapping _rings;
    private readonly MemoryMapping _entries;
    private readonly uint* _submissionHead;
    private readonly uint* _submissionTail;
    private readonly uint* _submissionFlags;
    private readonly uint* _completionHead;
    private readonly uint* _completionTail;
    private readonly IoUringSubmission* _submissions;
    private readonly IoUringCompletion* _completions;
    private readonly uint _submissionMask;
    private readonly uint _completionMask;
    private uint _localTail;

    /// <param name="entries">Submission entries; the kernel rounds up to a power of two.</param>
    /// <exception cref="IoLoopException">The kernel has no io_uring, does not allow it, or lacks a feature of Linux 5.11.</exception>
    internal IoUring(int entries)
    {
        IoUringParameters parameters;
        (_descriptor, parameters) = Setup((uint)entries);
        const uint Needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_EXT_ARG;
        if ((parameters.Features & Needed) != Needed)
        {
            _descriptor.Dispose();
            throw new IoLoopException("io_uring_setup (features of Linux 5.11)", Errno.EOPNOTSUPP);
        }

        nuint ringBytes = Math.Max(
            parameters.SqArray + (parameters.SqEntries * sizeof(uint)),
            parameters.CqCqes + (parameters.CqEntries * IoUringCompletion.StructSize));
        _rings = MemoryMapping.Map(_descriptor.Number, IORING_OFF_SQ_RING, ringBytes, Libc.MAP_POPULATE, out int errno);
        _entries = MemoryMapping.Map(
            _descriptor.Number, IORING_OFF_SQES, parameters.SqEntries * IoUringSubmission.StructSize, Libc.MAP_POPULATE, out int secondErrno);
        if (errno != 0 || secondErrno != 0)
        {
            Dispose();
            throw new IoLoopException("mmap of an io_uring", errno != 0 ? errno : secondErrno);
        }

        byte* rings = _rings.Start;
        _submissionHead = (uint*)(rings + parameters.SqHead);
        _submissionTail = (uint*)(rings + parameters.SqTail);
        _submissionFlags = (uint*)(rings + parameters.SqFlags);
        _completionHead = (uint*)(rings + parameters.CqHead);
        _completionTail = (uint*)(rings + parameters.CqTail);
        _submissionMask = *(uint*)(rings + parameters.SqRingMask);
        _completionMask = *(uint*)(rings + parameters.CqRingMask);
        _submissions = (IoUringSubmission*)_entries.Start;
        _completions = (IoUringCompletion*)(rings + parameters.CqCqes);
        _localTail = *_submissionTail;

        // Entry i of the ring is always entry i of the table: the indirection is of no use to us.
        uint* array = (uint*)(rings + parameters.SqArray);
        for (uint index = 0; index < parameters.SqEntries; index++)
        {
            array[index] = index;
        }
    }

    /// <summary>Whether a completion can be taken.</summary>
    internal bool HasCompletions => Volatile.Read(ref *_completionTail) != *_completionHead;

    /// <summary>How many completions can be taken.</summary>
    internal uint CompletionCount => Volatile.Read(ref *_completionTail) - *_completionHead;

    /// <summary>Whether completions wait for <see cref="Enter"/>: they did not fit into the ring, or are delivered only when we ask.</summary>
    internal bool NeedsEnter => (Volatile.Read(ref *_submissionFlags) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;

    /// <summary>Whether there are submissions that the kernel has not taken.</summary>
    internal bool HasPending => _localTail != Volatile.Read(ref *_submissionHead);

    public void Dispose()
    {
        _entries.Dispose();
        _rings.Dispose();
        _descriptor.Dispose();
    }

    /// <summary>Gives the next free submission, all zero, which counts as filled in from the next <see cref="Enter"/> on.</summary>
    /// <returns>False when the ring is full.</returns>
    internal bool TryGetSubmission(out IoUringSubmission* submission)
    {
        if (_localTail - Volatile.Read(ref *_submissionHead) > _submissionMask)
        {
            submission = null;
            return false;
        }

        submission = _submissions + (_localTail++ & _submissionMask);
        Unsafe.InitBlock(submission, 0, IoUringSubmission.StructSize);
        return true;
    }

    /// <summary>Takes the oldest completion.</summary>
    internal bool TryTake(out IoUringCompletion completion)
    {
        uint head = *_completionHead;
        // Acquire: the entry is read after the tail that covers it.
        if (head == Volatile.Read(ref *_completionTail))
        {
            completion = default;
            return false;
        }

        completion = _completions[head & _completionMask];
        // Release: the entry is read before the kernel learns that it may be overwritten.
        Volatile.Write(ref *_completionHead, head + 1);
        return true;
    }

    /// <summary>Submits everything, delivers what is deferred, and waits for one completion if asked to.</summary>
    /// <param name="timeoutMilliseconds">0: do not wait; -1: no limit.</param>
    /// <returns>0, or the errno: ETIME and EINTR are normal, EBUSY and EAGAIN ask to take completions first.</returns>
    internal int Enter(int timeoutMilliseconds)
    {
        // Release: the entries are written before the tail that covers them.
        Volatile.Write(ref *_submissionTail, _localTail);
        uint count = _localTail - Volatile.Read(ref *_submissionHead);
        int descriptor = _descriptor.Number;
        int result;
        if (timeoutMilliseconds <= 0)
        {
            result = Libc.IoUringEnter(descriptor, count, timeoutMilliseconds == 0 ? 0u : 1u, IORING_ENTER_GETEVENTS, null, 0);
        }
        else
        {
            KernelTimespec limit;
            limit.Seconds = timeoutMilliseconds / 1000;
            limit.Nanoseconds = timeoutMilliseconds % 1000 * 1_000_000L;
            IoUringWaitArgument argument = default;
            argument.Timeout = (ulong)&limit;
            result = Libc.IoUringEnter(
                descriptor, count, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, IoUringWaitArgument.StructSize);
        }

        return result < 0 ? Libc.LastError : 0;
    }

    private static (FileDescriptor Descriptor, IoUringParameters Parameters) Setup(uint entries)
    {
        int errno = 0;
        foreach (uint flags in s_setupFlags)
        {
            IoUringParameters parameters = default;
            parameters.Flags = flags;
            int descriptor = Libc.IoUringSetup(entries, &parameters);
            if (descriptor >= 0)
            {
                return (new FileDescriptor(descriptor), parameters);
            }

            errno = Libc.LastError;
            if (errno != Errno.EINVAL)
            {
                break;
            }
        }

        throw new IoLoopException("io_uring_setup", errno);
    }
}
