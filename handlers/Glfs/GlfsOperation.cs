// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>One operation in flight. Pooled: an operation allocates nothing.</summary>
/// <remarks>
/// libgfapi calls back on a thread of its own, where <see cref="IoCompletion.Complete"/> runs the engine's continuation: it hands the result to
/// the owning loop and does not block.
/// </remarks>
internal sealed unsafe class GlfsOperation : NativeOperation
{
    // A read that goes on: where, and what is left to read.
    private ScatterList _left;
    private nint _file;
    private long _offset;
    private long _length;
    private bool _isLocked;
    private bool _mayBeUnsupported;
    private IoOutcome _failure;

    /// <summary>Reads; called after <see cref="IoCompletion.Start"/>.</summary>
    /// <returns>Zero, or -1 with errno where the library takes no more.</returns>
    public int Read(nint file, long offsetBytes, ScatterList data)
    {
        _file = file;
        _offset = offsetBytes;
        _left = data;
        _length = data.Length;
        IoVector* vectors = WholeVectors(data, out int count);
        return LibGfapi.glfs_preadv_async(file, vectors, count, offsetBytes, 0, GfapiCallback.Function, Argument);
    }

    /// <summary>Writes; called after <see cref="IoCompletion.Start"/>.</summary>
    /// <returns>Zero, or -1 with errno where the library takes no more.</returns>
    public int Write(nint file, long offsetBytes, ScatterList data)
    {
        _length = data.Length;
        IoVector* vectors = WholeVectors(data, out int count);
        return LibGfapi.glfs_pwritev_async(file, vectors, count, offsetBytes, 0, GfapiCallback.Function, Argument);
    }

    /// <summary>Makes ready for an operation.</summary>
    /// <param name="failure">What an unknown error counts as.</param>
    /// <param name="isLocked">Whether the disk holds a mandatory lock.</param>
    /// <param name="mayBeUnsupported">Whether the engine has another way when the volume cannot do that.</param>
    public void Prepare(IoOutcome failure, bool isLocked, bool mayBeUnsupported)
    {
        _left = default;
        _length = 0;
        _failure = failure;
        _isLocked = isLocked;
        _mayBeUnsupported = mayBeUnsupported;
    }

    /// <summary>Gives a submission's result to the caller: when the library refused it there is no call back.</summary>
    /// <param name="pending">What <see cref="IoCompletion.Start"/> gave.</param>
    /// <param name="result">What the submitting call returned.</param>
    public ValueTask<IoStatus> Submitted(ValueTask<IoStatus> pending, int result)
    {
        if (result < 0)
        {
            Finish(result, Marshal.GetLastPInvokeError());
        }

        return pending;
    }

    /// <summary>Ends the operation.</summary>
    /// <param name="result">Negative for an error, else the bytes moved.</param>
    /// <param name="errno">The error.</param>
    public void Finish(nint result, int errno)
    {
        if (result < 0)
        {
            Complete(Failed(errno));
        }
        else if (result >= _length)
        {
            Complete(IoStatus.Good);
        }
        else if (_left.IsEmpty)
        {
            Complete(IoOutcome.WriteError);
        }
        else
        {
            GoOn(result);
        }
    }

    protected override void OnReleasing() => _left = default;

    // The library may read less than it was asked for. It reads nothing where the file has become shorter than the disk.
    private void GoOn(nint result)
    {
        if (result == 0)
        {
            Complete(IoOutcome.ReadError);
        }
        else if (Read(_file, _offset + result, _left.Slice(result)) < 0)
        {
            Complete(Failed(Marshal.GetLastPInvokeError()));
        }
    }

    // The library stops at a vector of no length, and takes what lies behind it for read.
    private IoVector* WholeVectors(ScatterList data, out int count) =>
        data.TryGetVectors(out IoVector* vectors, out count) && !HasEmptyVector(vectors, count) ? vectors : CopyVectors(data, out count);

    private static bool HasEmptyVector(IoVector* vectors, int count)
    {
        for (int index = 0; index < count; index++)
        {
            if (vectors[index].Length == 0)
            {
                return true;
            }
        }

        return false;
    }

    private IoOutcome Failed(int errno) => _mayBeUnsupported && errno is NativeErrno.EOPNOTSUPP or NativeErrno.ENOSYS
        ? IoOutcome.NotSupported
        : GlfsStatus.From(errno, _isLocked, _failure);
}
