// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>One operation in flight, with the native memory that librbd needs until it has completed. Pooled: an operation allocates nothing.</summary>
/// <remarks>
/// librbd calls back on a thread of its own, where <see cref="IoCompletion.Complete"/> runs the engine's continuation: it hands the result to
/// the owning loop and does not block.
/// </remarks>
internal sealed unsafe class RbdOperation : NativeOperation
{
    private RbdDevice? _device;
    private RbdImage? _image;
    private IoOutcome _failure;
    private byte* _buffer;
    private nuint _bufferCapacity;
    private ulong* _mismatch = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));
    private ulong _offset;
    private int _comparedLength;
    private bool _isDifferent;
    private nint _completion;

    /// <summary>The handle of the image that it runs on.</summary>
    public nint Image => _image!.Handle;

    /// <summary>librbd's completion, valid between <see cref="TryPrepare"/> and the call back.</summary>
    public nint Completion => _completion;

    /// <summary>Where librbd tells the offset of a difference.</summary>
    public ulong* Mismatch => _mismatch;

    /// <summary>Makes ready for one operation.</summary>
    /// <returns>False where librbd has no memory for it: <see cref="Abandon"/> it.</returns>
    public bool TryPrepare(RbdDevice device, RbdImage image, long offsetBytes, IoOutcome failure)
    {
        _device = device;
        _image = image;
        _failure = failure;
        _offset = (ulong)offsetBytes;
        _comparedLength = 0;
        _isDifferent = false;
        return TryMakeCompletion();
    }

    /// <summary>Memory in one piece that lives as long as the operation, for the calls of librbd that take no vectors.</summary>
    public byte* Buffer(int length)
    {
        if ((nuint)length > _bufferCapacity)
        {
            _buffer = (byte*)NativeMemory.Realloc(_buffer, (nuint)length);
            _bufferCapacity = (nuint)length;
        }

        return _buffer;
    }

    /// <summary>Makes ready for a comparison.</summary>
    /// <returns>What is expected, and behind it what is to be written.</returns>
    public byte* Compare(ScatterList expected, ScatterList data)
    {
        _comparedLength = (int)expected.Length;
        byte* both = Buffer(2 * _comparedLength);
        expected.CopyTo(new Span<byte>(both, _comparedLength));
        data.CopyTo(new Span<byte>(both + _comparedLength, _comparedLength));
        return both;
    }

    /// <summary>Gives a submission's result to the caller: when librbd refused it there is no call back.</summary>
    /// <param name="pending">What <see cref="IoCompletion.Start"/> gave.</param>
    /// <param name="result">What the submitting call returned.</param>
    public ValueTask<IoStatus> Submitted(ValueTask<IoStatus> pending, nint result)
    {
        if (result < 0)
        {
            LibRbd.rbd_aio_release(_completion);
            Finish(result);
        }

        return pending;
    }

    /// <summary>Puts back an operation that was not prepared.</summary>
    public void Abandon()
    {
        _image!.Exit();
        Release();
    }

    protected override void OnReleasing()
    {
        _device = null;
        _image = null;
    }

    protected override void Free()
    {
        NativeMemory.Free(_buffer);
        NativeMemory.Free(_mismatch);
        _buffer = null;
        _mismatch = null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Completed(nint completion, void* argument)
    {
        RbdOperation operation = FromArgument<RbdOperation>(argument);
        nint result = LibRbd.rbd_aio_get_return_value(completion);
        LibRbd.rbd_aio_release(completion);
        operation.Finish(result);
    }

    private bool TryMakeCompletion() => LibRbd.rbd_aio_create_completion(Argument, &Completed, out _completion) >= 0;

    private void Finish(nint result)
    {
        if (result == -NativeErrno.EILSEQ && _comparedLength > 0 && TryReadDifferent())
        {
            return;
        }

        IoStatus status = result == -NativeErrno.EILSEQ || _isDifferent ? IoStatus.Miscompare(FindDifference(result)) : RbdStatus.From(result, _failure);
        if (!status.IsGood)
        {
            _device!.Failed(_image!, result);
        }

        // Before the caller learns of it: he may close the device next.
        _image!.Exit();
        Complete(status);
    }

    // Libraries disagree on what the offset they tell is counted from: the range is read, and compared here.
    private bool TryReadDifferent()
    {
        if (_isDifferent || !TryMakeCompletion())
        {
            return false;
        }

        _isDifferent = true;
        if (LibRbd.rbd_aio_read(Image, _offset, (nuint)_comparedLength, _buffer + _comparedLength, _completion) >= 0)
        {
            return true;
        }

        LibRbd.rbd_aio_release(_completion);
        return false;
    }

    // Somebody may have written in between: then there is no difference left, and the first byte is as good as any.
    private long FindDifference(nint result)
    {
        var expected = new ReadOnlySpan<byte>(_buffer, _comparedLength);
        int same = result == _comparedLength ? expected.CommonPrefixLength(new ReadOnlySpan<byte>(_buffer + _comparedLength, _comparedLength)) : 0;
        return same < _comparedLength ? same : 0;
    }
}
