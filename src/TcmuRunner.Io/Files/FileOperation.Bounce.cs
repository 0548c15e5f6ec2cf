// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Files;

internal sealed partial class FileOperation
{
    // Direct I/O through a bounce buffer: what the caller lent, and where its first byte is in the buffer; which part of the file the buffer
    // stands for.
    private IoBuffer? _bounce;
    private ScatterList _lent;
    private int _lentOffset;
    private long _bounceStart;
    private long _bounceLength;
    private int _mergedWriteFlags;

    /// <summary>Begins a direct read of memory or an offset that the device cannot take: whole blocks go to a buffer of our own.</summary>
    internal ValueTask<IoStatus> StartBouncedRead(long position, ScatterList list)
    {
        Bounce(position, list);
        _step = FileStep.Read;
        return Launch(FileAccessMode.None);
    }

    /// <summary>
    /// Begins a direct write of memory that the device cannot take. Where the range does not consist of whole blocks it reads the blocks it
    /// touches, puts the data in, and writes them back; nothing else may change the file in the meantime, or that change would be lost.
    /// </summary>
    internal ValueTask<IoStatus> StartBouncedWrite(long position, ScatterList list, int flags)
    {
        Bounce(position, list);
        _flags = flags;
        if (_rest.Length != list.Length)
        {
            _step = FileStep.ReadToMerge;
            _flags = 0;
            _mergedWriteFlags = flags;
            return Launch(FileAccessMode.Exclusive);
        }

        list.CopyTo(_bounce!.Span);
        _step = FileStep.Write;
        return Launch(FileAccessMode.Shared);
    }

    /// <summary>The gate lets the operation in. Any thread: the one whose operation left.</summary>
    internal void Resume(FileAccessMode access)
    {
        _access = access;
        if (_owner is null)
        {
            Submit();
        }
        else
        {
            _owner.Post(_resumption);
        }
    }

    private void Bounce(long position, ScatterList list)
    {
        _bounceStart = _file.AlignDown(position);
        _bounceLength = _file.AlignUp(position + list.Length) - _bounceStart;
        _bounce = _file.RentBounce(checked((int)_bounceLength));
        _lent = list;
        _lentOffset = (int)(position - _bounceStart);
        _position = _bounceStart;
        _rest = _bounce.List.Slice(0, _bounceLength);
    }

    private void BeginMergedWrite()
    {
        _lent.CopyTo(_bounce!.Span[_lentOffset..]);
        _step = FileStep.Write;
        _flags = _mergedWriteFlags;
        _position = _bounceStart;
        _rest = _bounce.List.Slice(0, _bounceLength);
    }

    private void CopyFromBounce()
    {
        if (_bounce is not null)
        {
            _lent.CopyFrom(_bounce.Span.Slice(_lentOffset, (int)_lent.Length));
        }
    }

    private void ReleaseBounce()
    {
        if (_bounce is not null)
        {
            _file.ReturnBounce(_bounce);
            _bounce = null;
            _lent = default;
        }
    }
}
