// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;
using static TcmuRunner.Io.Native.IoUringConstants;

namespace TcmuRunner.Io.Files;

/// <summary>
/// One operation on a file, from its start to the end of its last system call. Whoever makes the calls, io_uring or a worker thread, hands
/// each result to <see cref="Advance"/>, which says whether there is another one.
/// </summary>
/// <remarks>Pooled; belongs to one loop, or to none. One thread at a time.</remarks>
internal sealed unsafe partial class FileOperation : IoCompletion
{
    /// <summary>A file system that answers EAGAIN to a call that may block so often is short of memory for good.</summary>
    private const int MaximumRetries = 16;

    private readonly LoopCore? _owner;
    private readonly LoopWorkItem _completion;
    private readonly LoopWorkItem _resumption;
    private VectorTable _vectors;
    private LinuxFile _file = null!;
    private FileStep _step;
    private FileAccessMode _access;

    // The call that is next: this list at this position of the file.
    private ScatterList _rest;
    private long _position;
    private long _lengthBytes;
    private int _flags;
    private int _failedBefore;
    private bool _mayBlock;
    private int _retries;

    internal FileOperation(LoopCore? owner)
    {
        _owner = owner;
        BlockingWork = new Blocking(this);
        _completion = new Completion(this);
        _resumption = new Resumption(this);
    }

    /// <summary>The next one in the queue or pool that the operation is in.</summary>
    internal FileOperation? NextInQueue { get; set; }

    /// <summary>While it waits at the <see cref="DirectWriteGate"/>: how it wants to enter.</summary>
    internal FileAccessMode WantedAccess { get; set; }

    /// <summary>Runs the whole operation with blocking calls; for a worker thread.</summary>
    internal LoopWorkItem BlockingWork { get; }

    /// <summary>How it ended; once <see cref="Advance"/> has returned true.</summary>
    internal IoStatus Result { get; private set; }

    /// <summary>Takes an operation for this thread: from its loop's pool, or from the shared one.</summary>
    internal static FileOperation Rent(LinuxFile file)
    {
        FileOperation operation = IoLoop.Current is LoopCore loop ? loop.RentOperation() : FileOperationPool.RentShared();
        operation._file = file;
        operation._retries = 0;
        operation._flags = 0;
        operation._mayBlock = false;
        operation._access = FileAccessMode.None;
        return operation;
    }

    /// <summary>Begins a read or a write whose list needs no bounce buffer.</summary>
    /// <param name="step"><see cref="FileStep.Read"/> or <see cref="FileStep.Write"/>.</param>
    /// <param name="position">First byte in the file.</param>
    /// <param name="list">The memory.</param>
    /// <param name="flags">RWF_ flags.</param>
    /// <param name="mayBlock">Known to take long or to block: goes to a kernel worker without another try on this thread.</param>
    internal ValueTask<IoStatus> StartTransfer(FileStep step, long position, ScatterList list, int flags, bool mayBlock)
    {
        _step = step;
        _position = position;
        _rest = list;
        _flags = flags;
        _mayBlock = mayBlock;
        return Launch(step == FileStep.Write && _file.IsDirect ? FileAccessMode.Shared : FileAccessMode.None);
    }

    /// <summary>Begins an fdatasync.</summary>
    internal ValueTask<IoStatus> StartFlush()
    {
        _step = FileStep.Flush;
        _failedBefore = _file.FailedFlushes;
        _rest = default;
        return Launch(FileAccessMode.None);
    }

    /// <summary>Begins a fallocate.</summary>
    internal ValueTask<IoStatus> StartAllocate(int mode, long offsetBytes, long lengthBytes)
    {
        _step = FileStep.Allocate;
        _rest = default;
        _flags = mode;
        _position = offsetBytes;
        _lengthBytes = lengthBytes;
        return Launch(_file.IsDirect ? FileAccessMode.Shared : FileAccessMode.None);
    }

    /// <summary>Describes the next call to io_uring.</summary>
    internal void Prepare(IoUringSubmission* submission)
    {
        submission->Descriptor = _file.Descriptor;
        submission->Flags = _mayBlock ? IOSQE_ASYNC : (byte)0;
        switch (_step)
        {
            case FileStep.Flush:
                submission->Opcode = IORING_OP_FSYNC;
                submission->OperationFlags = IORING_FSYNC_DATASYNC;
                break;
            case FileStep.Allocate:
                // The length is in the address field and the mode in the length field (io_uring_enter(2), IORING_OP_FALLOCATE).
                submission->Opcode = IORING_OP_FALLOCATE;
                submission->Offset = (ulong)_position;
                submission->Address = (ulong)_lengthBytes;
                submission->Length = (uint)_flags;
                break;
            default:
                submission->Opcode = _step == FileStep.Write ? IORING_OP_WRITEV : IORING_OP_READV;
                submission->Length = (uint)_vectors.Describe(_rest, out IoVector* vectors);
                submission->Address = (ulong)vectors;
                submission->Offset = (ulong)_position;
                submission->OperationFlags = (uint)_flags;
                break;
        }
    }

    /// <summary>Takes the result of a call.</summary>
    /// <param name="result">What the call returned, or its errno, negative.</param>
    /// <returns>True when the operation is over; false when there is another call.</returns>
    internal bool Advance(int result)
    {
        if (result == -Errno.EINTR)
        {
            return false;
        }

        if (result == -Errno.EAGAIN && ++_retries <= MaximumRetries)
        {
            // It asks for a thread that may block.
            _mayBlock = true;
            return false;
        }

        return _step switch
        {
            FileStep.Write => AdvanceWrite(result),
            FileStep.Flush => End(_file.FlushEnded(result, _failedBefore)),
            FileStep.Allocate => End(_file.AllocateEnded(_flags, result)),
            _ => AdvanceRead(result),
        };
    }

    /// <inheritdoc/>
    protected override void OnConsumed()
    {
        if (_owner is null)
        {
            FileOperationPool.ReturnShared(this);
        }
        else
        {
            _owner.ReturnOperation(this);
        }
    }

    private ValueTask<IoStatus> Launch(FileAccessMode access)
    {
        ValueTask<IoStatus> task = Start();
        _owner?.BeginOperation();
        if (access == FileAccessMode.None || _file.Gate.TryEnter(this, access))
        {
            _access = access;
            Submit();
        }

        return task;
    }

    private void Submit()
    {
        if (_owner is null)
        {
            WorkerPool.Shared.Queue(BlockingWork);
        }
        else
        {
            _owner.Submit(this);
        }
    }

    private bool AdvanceRead(int result)
    {
        if (result < 0)
        {
            return End(ErrnoStatus.From(-result, IoOutcome.ReadError));
        }

        _rest = _rest.Slice(result);
        _position += result;
        // Direct reads end at a place that is not aligned only at the end of the file, and must not go on from there.
        if (result == 0 || !_file.IsAligned(_position))
        {
            _rest.Clear();
            _rest = default;
        }

        if (!_rest.IsEmpty)
        {
            return false;
        }

        if (_step == FileStep.ReadToMerge)
        {
            BeginMergedWrite();
            return false;
        }

        CopyFromBounce();
        return End(IoStatus.Good);
    }

    private bool AdvanceWrite(int result)
    {
        if (result <= 0)
        {
            // Nothing written and no error would go on for ever.
            return End(result == 0 ? IoOutcome.WriteError : _file.WriteFailed(-result, _flags));
        }

        _rest = _rest.Slice(result);
        _position += result;
        return _rest.IsEmpty && End(IoStatus.Good);
    }

    private bool End(IoStatus status)
    {
        Result = status;
        ReleaseBounce();
        if (_access != FileAccessMode.None)
        {
            _file.Gate.Exit(_access);
        }

        _rest = default;
        return true;
    }

    private int CallBlocking()
    {
        nint result;
        switch (_step)
        {
            case FileStep.Flush:
                result = Libc.FDataSync(_file.Descriptor);
                break;
            case FileStep.Allocate:
                result = Libc.Fallocate(_file.Descriptor, _flags, _position, _lengthBytes);
                break;
            case FileStep.Write:
                int count = _vectors.Describe(_rest, out IoVector* vectors);
                result = Libc.PWriteV2(_file.Descriptor, vectors, count, _position, _flags);
                break;
            default:
                count = _vectors.Describe(_rest, out vectors);
                result = Libc.PReadV2(_file.Descriptor, vectors, count, _position, _flags);
                break;
        }

        return result < 0 ? -Libc.LastError : (int)result;
    }

    private sealed class Blocking(FileOperation operation) : LoopWorkItem
    {
        protected internal override void Run()
        {
            bool ended;
            do
            {
                ended = operation.Advance(operation.CallBlocking());
            }
            while (!ended);

            if (operation._owner is null)
            {
                operation.Complete(operation.Result);
            }
            else
            {
                operation._owner.Post(operation._completion);
            }
        }
    }

    private sealed class Completion(FileOperation operation) : LoopWorkItem
    {
        protected internal override void Run() => operation._owner!.EndOperation(operation);
    }

    private sealed class Resumption(FileOperation operation) : LoopWorkItem
    {
        protected internal override void Run() => operation.Submit();
    }
}
