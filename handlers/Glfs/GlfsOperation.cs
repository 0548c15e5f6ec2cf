// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>One operation in flight. Pooled: an operation allocates nothing.</summary>
/// <remarks>
/// libgfapi calls back on a thread of its own, where <see cref="IoCompletion.Complete"/> runs the engine's continuation: it hands the result to
/// the owning loop and does not block.
/// </remarks>
internal sealed unsafe class GlfsOperation : IoCompletion
{
    private readonly OperationPool _pool;
    private GCHandle _self;
    private IoVector* _vectors;
    private int _vectorCapacity;
    // A read that goes on: where, and what is left to read.
    private ScatterList _left;
    private nint _file;
    private long _offset;
    private long _length;
    private bool _isLocked;
    private bool _mayBeUnsupported;
    private IoOutcome _failure;

    public GlfsOperation(OperationPool pool, int index)
    {
        _pool = pool;
        Index = index;
        _self = GCHandle.Alloc(this);
    }

    /// <summary>Its place in the pool.</summary>
    public int Index { get; }

    /// <summary>The place of the next free one; used by the pool only.</summary>
    public int NextFree { get; set; }

    /// <summary>What the library gives back with the result.</summary>
    public void* Data => (void*)GCHandle.ToIntPtr(_self);

    /// <summary>Reads; called after <see cref="IoCompletion.Start"/>.</summary>
    /// <returns>Zero, or -1 with errno where the library takes no more.</returns>
    public int Read(nint file, long offsetBytes, ScatterList data)
    {
        _file = file;
        _offset = offsetBytes;
        _left = data;
        _length = data.Length;
        IoVector* vectors = Vectors(data, out int count);
        return LibGfapi.glfs_preadv_async(file, vectors, count, offsetBytes, 0, GfapiCallback.Function, Data);
    }

    /// <summary>Writes; called after <see cref="IoCompletion.Start"/>.</summary>
    /// <returns>Zero, or -1 with errno where the library takes no more.</returns>
    public int Write(nint file, long offsetBytes, ScatterList data)
    {
        _length = data.Length;
        IoVector* vectors = Vectors(data, out int count);
        return LibGfapi.glfs_pwritev_async(file, vectors, count, offsetBytes, 0, GfapiCallback.Function, Data);
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

    /// <summary>Frees the native memory; no operation runs any more.</summary>
    public void Free()
    {
        NativeMemory.Free(_vectors);
        _vectors = null;
        _self.Free();
    }

    protected override void OnConsumed()
    {
        _left = default;
        _pool.Return(this);
    }

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

    // The list's own vectors where it is made of whole ones, else a copy that lives as long as the operation. The library stops at a vector of no
    // length, and takes what lies behind it for read.
    private IoVector* Vectors(ScatterList data, out int count)
    {
        if (data.TryGetVectors(out IoVector* vectors, out count) && !HasEmptyVector(vectors, count))
        {
            return vectors;
        }

        int needed = data.MaximumVectorCount;
        if (needed > _vectorCapacity)
        {
            _vectors = (IoVector*)NativeMemory.Realloc(_vectors, (nuint)needed * (nuint)sizeof(IoVector));
            _vectorCapacity = needed;
        }

        count = data.CopyVectors(new Span<IoVector>(_vectors, _vectorCapacity));
        return _vectors;
    }

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

    private IoOutcome Failed(int errno) => _mayBeUnsupported && errno is Errno.EOPNOTSUPP or Errno.ENOSYS
        ? IoOutcome.NotSupported
        : GlfsStatus.From(errno, _isLocked, _failure);
}
