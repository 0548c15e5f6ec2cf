// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>L2 tables, the header, and stopping when the image contradicts itself.</summary>
internal sealed partial class Qcow2Image
{
    /// <summary>Makes sure that an L2 table exists and belongs to the active L1 table alone.</summary>
    private async ValueTask<IoStatus> OwnTableAsync(int l1Index)
    {
        if (IsOwnTable(_l1[l1Index]))
        {
            return IoStatus.Good;
        }

        await _tables.WaitAsync().ConfigureAwait(false);
        try
        {
            ulong entry = _l1[l1Index];
            return IsOwnTable(entry) ? IoStatus.Good : await MakeTableAsync(l1Index, (long)(entry & L2Entry.OffsetMask)).ConfigureAwait(false);
        }
        finally
        {
            _tables.Release();
        }
    }

    private static bool IsOwnTable(ulong entry) => (entry & L2Entry.Copied) != 0 && (entry & L2Entry.OffsetMask) != 0;

    private async ValueTask<IoStatus> MakeTableAsync(int l1Index, long oldOffset)
    {
        (IoStatus status, ClusterRun run) = await _reserve.TakeAsync(1).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        long offset = run.First << _geometry.ClusterBits;
        if (oldOffset != 0 || !run.IsZero)
        {
            status = await CopyTableAsync(oldOffset, offset).ConfigureAwait(false);
            if (!status.IsGood)
            {
                _reclaimer.Add(run.First, 1);
                return status;
            }
        }

        _metadata.Add(run.First, 1);
        _l2.NoteChange();
        status = await _l1.SetAsync(l1Index, (ulong)offset | L2Entry.Copied).ConfigureAwait(false);
        _l2.NoteChange();
        if (status.IsGood && oldOffset != 0)
        {
            _reclaimer.Add(oldOffset >> _geometry.ClusterBits, 1);
        }

        return status;
    }

    // The copy is durable before the L1 entry leads to it.
    private async ValueTask<IoStatus> CopyTableAsync(long oldOffset, long newOffset)
    {
        IoBuffer buffer = _clusters.Rent();
        try
        {
            buffer.Span.Clear();
            IoStatus status = oldOffset == 0 ? IoStatus.Good : await _file.ReadAsync(oldOffset, buffer.List).ConfigureAwait(false);
            status = status.IsGood ? await _file.WriteAsync(newOffset, buffer.List).ConfigureAwait(false) : status;
            return status.IsGood ? await _file.FlushAsync().ConfigureAwait(false) : status;
        }
        finally
        {
            _clusters.Return(buffer);
        }
    }

    /// <summary>Stops writing to the image for good, sets its corrupt bit where it can have one, and says why. The first reason counts.</summary>
    private async ValueTask StopAsync(string reason)
    {
        if (Interlocked.Exchange(ref _isStopped, true))
        {
            return;
        }

        Log.Corrupt(_logger, _name, Path, reason);
        if (!IsReadOnly && _header.Version >= 3)
        {
            IoStatus status = await WriteIncompatibleAsync(_header.Incompatible | IncompatibleFeatures.Corrupt).ConfigureAwait(false);
            if (!status.IsGood)
            {
                Log.CorruptBitFailed(_logger, _name, Path, status.Outcome);
            }
        }
    }

    /// <summary>Changes the incompatible feature bits, durably.</summary>
    private async ValueTask<IoStatus> WriteIncompatibleAsync(IncompatibleFeatures features)
    {
        IoStatus status = await WriteHeaderAsync(Qcow2Header.IncompatibleField, (ulong)features).ConfigureAwait(false);
        if (status.IsGood)
        {
            _header = _header with { Incompatible = features };
        }

        return status;
    }

    /// <summary>Changes eight bytes of the header, durably, with everything before them.</summary>
    private async ValueTask<IoStatus> WriteHeaderAsync(int field, ulong value)
    {
        using var buffer = new IoBuffer(8);
        BinaryPrimitives.WriteUInt64BigEndian(buffer.Span, value);
        return await WriteHeaderAsync(field, buffer).ConfigureAwait(false);
    }

    private async ValueTask<IoStatus> WriteHeaderAsync(int field, IoBuffer bytes)
    {
        IoStatus status = await _file.FlushAsync().ConfigureAwait(false);
        status = status.IsGood ? await _file.WriteAsync(field, bytes.List).ConfigureAwait(false) : status;
        return status.IsGood ? await _file.FlushAsync().ConfigureAwait(false) : status;
    }
}
