// SPDX-License-Identifier: Apache-2.0
using System.Threading.Tasks.Sources;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>One question for an extent, asked on a worker thread. Pooled by its file.</summary>
internal sealed class ExtentOperation : LoopWorkItem, IValueTaskSource<Extent>
{
    private readonly LinuxFile _file;
    private readonly LoopWorkItem _completion;
    private ManualResetValueTaskSourceCore<Extent> _core;
    private LoopCore? _loop;
    private long _offset;
    private long _length;
    private Extent _result;

    internal ExtentOperation(LinuxFile file)
    {
        _file = file;
        _completion = new Completion(this);
    }

    internal ValueTask<Extent> Start(long offsetBytes, long lengthBytes)
    {
        _core.Reset();
        _offset = offsetBytes;
        _length = lengthBytes;
        _loop = IoLoop.Current as LoopCore;
        var task = new ValueTask<Extent>(this, _core.Version);
        _loop?.BeginOperation();
        (_loop?.Workers ?? WorkerPool.Shared).Queue(this);
        return task;
    }

    Extent IValueTaskSource<Extent>.GetResult(short token)
    {
        Extent result = _core.GetResult(token);
        _file.ReturnExtentOperation(this);
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<Extent>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Extent>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    protected internal override void Run()
    {
        _result = Ask();
        if (_loop is null)
        {
            _core.SetResult(_result);
        }
        else
        {
            _loop.Post(_completion);
        }
    }

    private Extent Ask()
    {
        // The file position that these calls move is used by nothing else.
        long data = Libc.LSeek(_file.Descriptor, _offset, Libc.SEEK_DATA);
        if (data < 0)
        {
            return Libc.LastError switch
            {
                // No data from here to the end, or this is behind the end.
                Errno.ENXIO => new Extent(_length, ExtentState.Deallocated),
                Errno.EINVAL or Errno.EOPNOTSUPP => new Extent(_length, ExtentState.Mapped),
                int errno => new Extent(0, ExtentState.Mapped, ErrnoStatus.From(errno, IoOutcome.ReadError)),
            };
        }

        if (data > _offset)
        {
            return new Extent(Math.Min(data - _offset, _length), ExtentState.Deallocated);
        }

        long hole = Libc.LSeek(_file.Descriptor, _offset, Libc.SEEK_HOLE);
        if (hole < 0)
        {
            return new Extent(0, ExtentState.Mapped, ErrnoStatus.From(Libc.LastError, IoOutcome.ReadError));
        }

        // Punched between the two questions: the first answer still describes a moment of the past.
        return new Extent(hole > _offset ? Math.Min(hole - _offset, _length) : _length, ExtentState.Mapped);
    }

    private sealed class Completion(ExtentOperation operation) : LoopWorkItem
    {
        protected internal override void Run()
        {
            operation._loop!.EndOperation();
            operation._core.SetResult(operation._result);
        }
    }
}
