// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Reading.</summary>
internal sealed partial class Qcow2Image
{
    public override ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        if (!_gate.TryEnter(out int generation))
        {
            return ReadLaterAsync(offsetBytes, data, cancellationToken);
        }

        return _transfers.Run(generation, offsetBytes, data, isWrite: false, WriteOptions.None, cancellationToken);
    }

    public override async ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        int generation;
        while (!_gate.TryEnter(out generation))
        {
            await _gate.WaitAsync().ConfigureAwait(false);
        }

        try
        {
            return await FindExtentAsync(offsetBytes, lengthBytes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Leave(generation);
        }
    }

    private async ValueTask<IoStatus> ReadLaterAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        return await ReadAsync(offsetBytes, data, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does the first piece of a transfer: a run of host clusters where it is cached and simple, everything that is left otherwise.</summary>
    internal ValueTask<IoStatus> TransferPiece(
        long offset, ScatterList data, bool isWrite, WriteOptions options, CancellationToken cancellationToken, out long lengthBytes)
    {
        lengthBytes = data.Length;
        if (_cipher is null && _l2.TryFindRun(offset, data.Length, out Run run))
        {
            ScatterList piece = data.Slice(0, run.LengthBytes);
            if (!isWrite && run.Kind == RunKind.Data)
            {
                lengthBytes = piece.Length;
                return _dataFile.ReadAsync(run.HostOffset, piece, cancellationToken);
            }

            if (!isWrite && (run.Kind == RunKind.Zero || (run.Kind == RunKind.Unallocated && _backing is null)))
            {
                lengthBytes = piece.Length;
                piece.Clear();
                return new(IoStatus.Good);
            }

            // One durable write suffices where the mapping that leads to it is durable already.
            if (isWrite && IsInPlace(run) && (options == WriteOptions.None || IsMappingDurable))
            {
                lengthBytes = piece.Length;
                return _dataFile.WriteAsync(run.HostOffset, piece, options, cancellationToken);
            }
        }

        return isWrite ? WriteRunsAsync(offset, data, options, cancellationToken) : ReadRunsAsync(offset, data, cancellationToken);
    }

    internal void LeaveGate(int generation) => _gate.Leave(generation);

    /// <summary>Something threw where nothing should: it costs the command, and is told once.</summary>
    internal IoStatus NoteFailure(Exception failure)
    {
        Log.Unexpected(_logger, _name, Path, failure);
        return IoOutcome.HardwareError;
    }

    private bool IsMappingDurable => Volatile.Read(ref _flushedChanges) == _l2.Changes;

    /// <summary>Reads whatever the pieces of a range are, one after the other. Inside an operation.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ReadRunsAsync(long offset, ScatterList data, CancellationToken cancellationToken)
    {
        for (long done = 0; done < data.Length;)
        {
            if (!_l2.TryFindRun(offset + done, data.Length - done, out Run run))
            {
                IoStatus loaded = await _l2.LoadAsync((offset + done) >> _geometry.ClusterBits).ConfigureAwait(false);
                if (!loaded.IsGood)
                {
                    return loaded;
                }

                continue;
            }

            IoStatus status = await ReadRunAsync(run, offset + done, data.Slice(done, run.LengthBytes), cancellationToken).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            done += run.LengthBytes;
        }

        return IoStatus.Good;
    }

    private ValueTask<IoStatus> ReadRunAsync(in Run run, long offset, ScatterList data, CancellationToken cancellationToken)
    {
        switch (run.Kind)
        {
            case RunKind.Data:
                return ReadDataAsync(run.HostOffset, offset, data, cancellationToken);
            case RunKind.Unallocated when _backing is not null:
                return ReadLayerAsync(_backing, offset, data, cancellationToken);
            case RunKind.Unallocated or RunKind.Zero:
                data.Clear();
                return new(IoStatus.Good);
            case RunKind.Compressed:
                return ReadCompressedAsync(run.Word, offset, data, cancellationToken);
            default:
                return StopReadingAsync(offset, run.Word);
        }
    }

    /// <summary>Reads from a backing file, which may be shorter than this disk.</summary>
    private static ValueTask<IoStatus> ReadLayerAsync(ImageLayer layer, long offset, ScatterList data, CancellationToken cancellationToken)
    {
        long present = Math.Clamp(layer.SizeBytes - offset, 0, data.Length);
        data.Slice(present).Clear();
        return present == 0 ? new(IoStatus.Good) : layer.ReadAsync(offset, data.Slice(0, present), cancellationToken);
    }

    private async ValueTask<IoStatus> StopReadingAsync(long offset, ulong word)
    {
        await StopAsync($"the entry for the disk's byte {offset} is {word:X16}h, which no image may have").ConfigureAwait(false);
        return IoOutcome.ReadError;
    }

    private async ValueTask<Extent> FindExtentAsync(long offset, long length, CancellationToken cancellationToken)
    {
        Extent result = default;
        while (result.LengthBytes < length)
        {
            long position = offset + result.LengthBytes;
            Extent piece = await FindPieceAsync(position, length - result.LengthBytes, cancellationToken).ConfigureAwait(false);
            if (!piece.Status.IsGood || result.LengthBytes == 0)
            {
                if (!piece.Status.IsGood)
                {
                    return piece;
                }

                result = piece;
            }
            else if (piece.State != result.State)
            {
                break;
            }
            else
            {
                result = result with { LengthBytes = result.LengthBytes + piece.LengthBytes };
            }
        }

        return result;
    }

    private async ValueTask<Extent> FindPieceAsync(long position, long length, CancellationToken cancellationToken)
    {
        (IoStatus status, Run run) = await _l2.FindRunAsync(position, length).ConfigureAwait(false);
        if (!status.IsGood || run.Kind == RunKind.Invalid)
        {
            return new Extent(0, ExtentState.Mapped, status.IsGood ? IoOutcome.ReadError : status);
        }

        if (run.Kind == RunKind.Unallocated && _backing is not null && position < _backing.SizeBytes)
        {
            long present = Math.Min(run.LengthBytes, _backing.SizeBytes - position);
            return await _backing.GetExtentAsync(position, present, cancellationToken).ConfigureAwait(false);
        }

        return new Extent(run.LengthBytes, run.Kind is RunKind.Data or RunKind.Compressed ? ExtentState.Mapped : ExtentState.Deallocated);
    }
}
