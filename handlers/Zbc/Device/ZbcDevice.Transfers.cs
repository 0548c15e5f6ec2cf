// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>Reads and writes. One that stays inside a zone, or a disk without domains, is one operation on the image.</content>
internal sealed partial class ZbcDevice
{
    // Raised by every activation: a read that was under way meanwhile may have seen what belongs to another realm by now, and is done again.
    private int _activations;

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        long block = offsetBytes >> _blockShift;
        long count = data.Length >> _blockShift;
        int activations = Volatile.Read(ref _activations);
        if (_machine.CheckRead(block, count) is not ZoneError.None and var error)
        {
            return new(error.ToStatus());
        }

        if (_hasDomains || count == 0)
        {
            return ReadStableAsync(activations, block, data, cancellationToken);
        }

        ZonePiece piece = _layout.PieceAt(block, count);
        return piece.Count == count && piece.Offset + count <= _machine.ReadableBlocks(piece.Zone)
            ? _file.ReadAsync(_dataOffset + offsetBytes, data, cancellationToken)
            : ReadPiecesAsync(block, data, cancellationToken);
    }

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        long block = offsetBytes >> _blockShift;
        long count = data.Length >> _blockShift;
        return !_hasDomains && IsConventional(block, count)
            ? _file.WriteAsync(_dataOffset + offsetBytes, data, options, cancellationToken)
            : WriteZones(block, count, data, isPattern: false, cancellationToken);
    }

    /// <summary>Writes a pattern under the same rules as a write, as one of them: the zones change only when all of it has been written.</summary>
    public ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken) =>
        WriteZones(offsetBytes >> _blockShift, lengthBytes >> _blockShift, block, isPattern: true, cancellationToken);

    // Conventional zones have no state that a write could change, and none that could change under it.
    private bool IsConventional(long block, long count)
    {
        if (count == 0)
        {
            return false;
        }

        int last = _layout.ZoneOf(block + count - 1);
        for (int zone = _layout.ZoneOf(block); zone <= last; zone++)
        {
            if (_layout.TypeOf(zone) != ZoneType.Conventional || _machine.State(zone).Condition != ZoneCondition.NotWritePointer)
            {
                return false;
            }
        }

        return true;
    }

    private ValueTask<IoStatus> WriteZones(long block, long count, ScatterList data, bool isPattern, CancellationToken cancellationToken)
    {
        if (block == _layout.BlockCount)
        {
            return new(IoStatus.Good);
        }

        int first = _layout.ZoneOf(block);
        int last = count == 0 ? first : _layout.ZoneOf(block + count - 1);
        bool isShared = _layout.TypeOf(first) == ZoneType.Conventional && _layout.TypeOf(last) == ZoneType.Conventional;
        return _scheduler.TryEnter(first, last, isShared, out ValueTask<IoStatus> wait, out ZoneTicket ticket)
            ? WriteInTurn(ticket, block, count, data, isPattern, cancellationToken)
            : WaitThenWriteAsync(wait, ticket, block, count, data, isPattern, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> WaitThenWriteAsync(
        ValueTask<IoStatus> wait, ZoneTicket ticket, long block, long count, ScatterList data, bool isPattern, CancellationToken cancellationToken)
    {
        await wait.ConfigureAwait(false);
        return await WriteInTurn(ticket, block, count, data, isPattern, cancellationToken).ConfigureAwait(false);
    }

    // Gives the ticket back, whatever happens.
    private ValueTask<IoStatus> WriteInTurn(ZoneTicket ticket, long block, long count, ScatterList data, bool isPattern, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> operation;
        bool isRepeated;
        try
        {
            ZoneError error = Begin(block, count, out long gapStart, out isRepeated);
            operation = (error, gapStart < block) switch
            {
                (not ZoneError.None, _) => new(error.ToStatus()),
                (_, true) => FillGapThenWriteAsync(gapStart, block, count, data, isPattern, cancellationToken),
                _ => WriteBlocks(block, count, data, isPattern, cancellationToken),
            };
        }
        catch
        {
            _scheduler.Exit(ticket);
            throw;
        }

        return operation.IsCompletedSuccessfully
            ? new(EndInTurn(ticket, operation.Result, block, count, isRepeated))
            : EndLaterAsync(operation, ticket, block, count, isRepeated);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> EndLaterAsync(ValueTask<IoStatus> operation, ZoneTicket ticket, long block, long count, bool isRepeated)
    {
        IoStatus status = IoOutcome.HardwareError;
        try
        {
            status = await operation.ConfigureAwait(false);
        }
        finally
        {
            status = EndInTurn(ticket, status, block, count, isRepeated);
        }

        return status;
    }

    private IoStatus EndInTurn(ZoneTicket ticket, IoStatus status, long block, long count, bool isRepeated)
    {
        if (status.IsGood && count > 0 && !isRepeated)
        {
            lock (_store.Lock)
            {
                _replays?.Forget(ticket.First);
                _store.NoteWrite(ticket.First, block - _layout.StartOf(ticket.First));
                _machine.EndWrite(block, count);
            }
        }

        _scheduler.Exit(ticket);
        return status;
    }

    private ValueTask<IoStatus> WriteBlocks(long block, long count, ScatterList data, bool isPattern, CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return new(IoStatus.Good);
        }

        return isPattern ? WritePatternAsync(block, count, data, cancellationToken) : WritePiecesAsync(block, data, cancellationToken);
    }

    private async ValueTask<IoStatus> FillGapThenWriteAsync(
        long gapStart, long block, long count, ScatterList data, bool isPattern, CancellationToken cancellationToken)
    {
        IoStatus status = await ZeroBlocksAsync(gapStart, block - gapStart, cancellationToken).ConfigureAwait(false);
        return status.IsGood ? await WriteBlocks(block, count, data, isPattern, cancellationToken).ConfigureAwait(false) : status;
    }

    private ZoneError Begin(long block, long count, out long gapStart, out bool isRepeated)
    {
        isRepeated = false;
        gapStart = block;
        lock (_store.Lock)
        {
            ZoneError error = _machine.BeginWrite(block, count);
            if (error == ZoneError.None)
            {
                _machine.JumpsOver(block, out gapStart);
            }
            else if (_replays is not null && error is ZoneError.UnalignedWrite or ZoneError.InvalidFieldInCdb)
            {
                ZonePiece piece = _layout.PieceAt(block, count);
                isRepeated = count > 0 && piece.Count == count && _replays!.Take(piece.Zone, piece.Offset, count);
            }

            return isRepeated ? ZoneError.None : error;
        }
    }

    private ValueTask<IoStatus> WritePiecesAsync(long block, ScatterList data, CancellationToken cancellationToken) => _hasDomains
        ? WriteRunsAsync(block, data, cancellationToken)
        : _file.WriteAsync(_dataOffset + (block << _blockShift), data, WriteOptions.None, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> WriteRunsAsync(long block, ScatterList data, CancellationToken cancellationToken)
    {
        IoStatus status = IoStatus.Good;
        for (long done = 0; done < data.Length && status.IsGood;)
        {
            (long offset, long length) = RunAt(block, data.Length - done);
            status = await _file.WriteAsync(offset, data.Slice(done, length), WriteOptions.None, cancellationToken).ConfigureAwait(false);
            done += length;
            block += length >> _blockShift;
        }

        return status;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ReadStableAsync(int activations, long block, ScatterList data, CancellationToken cancellationToken)
    {
        while (true)
        {
            IoStatus status = await ReadPiecesAsync(block, data, cancellationToken).ConfigureAwait(false);
            int now = Volatile.Read(ref _activations);
            if (now == activations || !status.IsGood)
            {
                return status;
            }

            activations = now;
            if (_machine.CheckRead(block, data.Length >> _blockShift) is not ZoneError.None and var error)
            {
                return error.ToStatus();
            }
        }
    }

    // What was written comes from the image, what lies behind a write pointer is zeros.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ReadPiecesAsync(long block, ScatterList data, CancellationToken cancellationToken)
    {
        IoStatus status = IoStatus.Good;
        for (long done = 0; done < data.Length && status.IsGood;)
        {
            ZonePiece piece = _layout.PieceAt(block, (data.Length - done) >> _blockShift);
            long written = piece.IsGap ? 0 : Math.Clamp(_machine.ReadableBlocks(piece.Zone) - piece.Offset, 0, piece.Count) << _blockShift;
            long length = piece.Count << _blockShift;
            if (written > 0)
            {
                long offset = _dataOffset + _layout.DataOffset(piece.Zone) + (piece.Offset << _blockShift);
                status = await _file.ReadAsync(offset, data.Slice(done, written), cancellationToken).ConfigureAwait(false);
            }

            data.Slice(done + written, length - written).Clear();
            done += length;
            block += piece.Count;
        }

        return status;
    }

    // The longest piece from a block on that lies in one piece in the image.
    private (long Offset, long Length) RunAt(long block, long limitBytes)
    {
        ZonePiece piece = _layout.PieceAt(block, limitBytes >> _blockShift);
        return (_dataOffset + _layout.DataOffset(piece.Zone) + (piece.Offset << _blockShift), piece.Count << _blockShift);
    }

    private async ValueTask<IoStatus> WritePatternAsync(long block, long count, ScatterList pattern, CancellationToken cancellationToken)
    {
        const int chunkBytes = 1 << 20;
        long length = count << _blockShift;
        if (pattern.IsZero())
        {
            return await ZeroBlocksAsync(block, count, cancellationToken).ConfigureAwait(false);
        }

        using var chunk = new IoBuffer((int)Math.Min(length, chunkBytes));
        for (int position = 0; position < chunk.Length; position += (int)pattern.Length)
        {
            pattern.CopyTo(chunk.Span[position..]);
        }

        IoStatus status = IoStatus.Good;
        for (long done = 0; done < length && status.IsGood; done += chunk.Length)
        {
            ScatterList part = chunk.List.Slice(0, Math.Min(chunk.Length, length - done));
            status = await WritePiecesAsync(block + (done >> _blockShift), part, cancellationToken).ConfigureAwait(false);
        }

        return status;
    }

    private async ValueTask<IoStatus> ZeroBlocksAsync(long block, long count, CancellationToken cancellationToken)
    {
        IoStatus status = IoStatus.Good;
        while (count > 0 && status.IsGood)
        {
            (long offset, long length) = RunAt(block, count << _blockShift);
            status = await DataZeroer.ZeroAsync(_file, offset, length, cancellationToken).ConfigureAwait(false);
            block += length >> _blockShift;
            count -= length >> _blockShift;
        }

        return status;
    }
}
