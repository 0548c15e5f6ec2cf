// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Abstractions;

/// <summary>
/// One operation in flight inside a native library that calls back when it has completed. Derive from it to keep what the library needs until
/// then; a <see cref="NativeOperationPool{T}"/> makes and reuses them, so that an operation allocates nothing.
/// </summary>
/// <remarks>
/// The order is: <see cref="NativeOperationPool{T}.Rent"/>, <see cref="IoCompletion.Start"/>, the library's call with <see cref="Argument"/>, in the
/// call back <see cref="FromArgument{T}"/> and <see cref="IoCompletion.Complete"/>. It goes back to its pool when the caller has taken the result.
/// A library that refuses the call does not call back: then complete it at once. The call back may run on a thread of the library's; it must not
/// block there, and no exception may leave it.
/// </remarks>
public abstract unsafe class NativeOperation : IoCompletion
{
    private GCHandle _self;
    private IoVector* _vectors;
    private int _vectorCapacity;

    /// <summary>Makes an operation; for the function that is given to a pool.</summary>
    protected NativeOperation() => _self = GCHandle.Alloc(this);

    /// <summary>What to hand to the library as the call back's argument; valid until the pool is disposed.</summary>
    public void* Argument => (void*)GCHandle.ToIntPtr(_self);

    /// <summary>Its place in the pool: 0 for the one made first.</summary>
    public int Index { get; internal set; }

    // The place of the next free one.
    internal int NextFree { get; set; }

    internal INativeOperationPool? Pool { get; set; }

    /// <summary>The operation whose <see cref="Argument"/> a library gives back.</summary>
    /// <typeparam name="T">The type of the pool's operations.</typeparam>
    /// <param name="argument">The argument, of an operation whose pool is not disposed.</param>
    public static T FromArgument<T>(void* argument)
        where T : NativeOperation => (T)GCHandle.FromIntPtr((nint)argument).Target!;

    /// <summary>The vectors of a list, without a copy where the list is made of whole ones.</summary>
    /// <param name="data">The list.</param>
    /// <param name="count">The number of vectors.</param>
    /// <returns>Valid until the operation has completed.</returns>
    public IoVector* Vectors(ScatterList data, out int count) =>
        data.TryGetVectors(out IoVector* vectors, out count) ? vectors : CopyVectors(data, out count);

    /// <summary>A copy of a list's vectors, in which none is empty.</summary>
    /// <param name="data">The list.</param>
    /// <param name="count">The number of vectors.</param>
    /// <returns>Valid until the operation has completed.</returns>
    public IoVector* CopyVectors(ScatterList data, out int count)
    {
        int needed = data.MaximumVectorCount;
        if (needed > _vectorCapacity)
        {
            _vectors = (IoVector*)NativeMemory.Realloc(_vectors, (nuint)needed * (nuint)sizeof(IoVector));
            _vectorCapacity = needed;
        }

        count = data.CopyVectors(new Span<IoVector>(_vectors, _vectorCapacity));
        return _vectors;
    }

    /// <summary>Gives the operation back to its pool; to be called only for one that never was started.</summary>
    public void Release()
    {
        OnReleasing();
        Pool!.Return(this);
    }

    internal void FreeAll()
    {
        Free();
        NativeMemory.Free(_vectors);
        _vectors = null;
        _vectorCapacity = 0;
        _self.Free();
    }

    /// <summary>Drops what belongs to one operation only; called before it goes back to the pool.</summary>
    protected virtual void OnReleasing()
    {
    }

    /// <summary>Frees native memory of a derived class; called once, when the pool is disposed.</summary>
    protected virtual void Free()
    {
    }

    /// <inheritdoc/>
    protected sealed override void OnConsumed() => Release();
}
