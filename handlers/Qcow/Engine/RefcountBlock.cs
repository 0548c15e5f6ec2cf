// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>A refcount block in memory, as it stands in the file.</summary>
/// <param name="index">Which entry of the refcount table it belongs to.</param>
/// <param name="hostOffset">Where it lies in the file.</param>
/// <param name="buffer">Its bytes; a cluster. Owned.</param>
internal sealed class RefcountBlock(long index, long hostOffset, IoBuffer buffer)
{
    private const int SectorBytes = 512;
    private int _dirtyStart = int.MaxValue;
    private int _dirtyEnd;

    public long Index => index;
    public long HostOffset => hostOffset;
    public IoBuffer Buffer => buffer;
    public Span<byte> Span => buffer.Span;
    public bool IsDirty => _dirtyEnd > _dirtyStart;

    /// <summary>When it was used last, for replacing the least recently used.</summary>
    public long LastUse { get; set; }

    /// <summary>Notes that bytes were changed.</summary>
    public void MarkDirty(long start, long end)
    {
        _dirtyStart = Math.Min(_dirtyStart, (int)start & -SectorBytes);
        _dirtyEnd = Math.Max(_dirtyEnd, Math.Min(buffer.Length, ((int)end + SectorBytes - 1) & -SectorBytes));
    }

    /// <summary>Notes that the file holds what the memory holds.</summary>
    public void MarkClean() => (_dirtyStart, _dirtyEnd) = (int.MaxValue, 0);

    /// <summary>The whole sectors that were changed.</summary>
    public (long Offset, ScatterList Data) DirtyPart() => (hostOffset + _dirtyStart, buffer.List.Slice(_dirtyStart, _dirtyEnd - _dirtyStart));
}
