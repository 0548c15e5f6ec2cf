// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Writing: in place where the cluster is ours alone, otherwise into a new cluster.</summary>
internal sealed partial class Qcow2Image
{
    public override ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        if (!_gate.TryEnter(out int generation))
        {
            return WriteLaterAsync(offsetBytes, data, options, cancellationToken);
        }

        if (IsReadOnly || _isStopped)
        {
            _gate.Leave(generation);
            return new(IsReadOnly ? IoOutcome.WriteProtected : IoOutcome.HardwareError);
        }

        return _transfers.Run(generation, offsetBytes, data, isWrite: true, options, cancellationToken);
    }

    private async ValueTask<IoStatus> WriteLaterAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        return await WriteAsync(offsetBytes, data, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a run may be overwritten where it is: nobody shares it, and it is no metadata.</summary>
    private bool IsInPlace(in Run run) =>
        run.Kind == RunKind.Data
        && run.IsCopied
        && (_isExternal || !_metadata.Overlaps(run.HostOffset >> _geometry.ClusterBits, (run.HostOffset + run.LengthBytes - 1) >> _geometry.ClusterBits));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> WriteRunsAsync(long offset, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        bool isDurable = options.HasFlag(WriteOptions.ForceUnitAccess);
        bool needsFlush = false;
        for (long done = 0; done < data.Length;)
        {
            (IoStatus status, Run run) = await _l2.FindRunAsync(offset + done, data.Length - done).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            if (IsInPlace(run))
            {
                bool isMapped = IsMappingDurable;
                needsFlush |= isDurable && !isMapped;
                status = await WriteDataAsync(
                    run.HostOffset, offset + done, data.Slice(done, run.LengthBytes), isMapped ? options : WriteOptions.None, cancellationToken).ConfigureAwait(false);
                done += run.LengthBytes;
            }
            else
            {
                (status, long written) = await WriteNewAsync(run, offset + done, data.Slice(done), cancellationToken).ConfigureAwait(false);
                done += written;
                needsFlush |= isDurable;
            }

            if (!status.IsGood)
            {
                return status;
            }
        }

        return needsFlush ? await FlushAsync(cancellationToken).ConfigureAwait(false) : IoStatus.Good;
    }

    private async ValueTask<(IoStatus Status, long Written)> WriteNewAsync(Run run, long offset, ScatterList data, CancellationToken cancellationToken)
    {
        if (run.Kind == RunKind.Invalid || (run.Kind == RunKind.Data && run.IsCopied))
        {
            await StopAsync(run.Kind == RunKind.Invalid
                ? $"the entry for the disk's byte {offset} is {run.Word:X16}h, which no image may have"
                : $"the disk's byte {offset} is mapped to {run.HostOffset}, where metadata are").ConfigureAwait(false);
            return (IoOutcome.HardwareError, 0);
        }

        long first = offset >> _geometry.ClusterBits;
        long last = Math.Min((offset + data.Length - 1) >> _geometry.ClusterBits, LastOfSlice(first));
        if (_geometry.HasExtendedL2)
        {
            last = first;
        }

        await _locks.AcquireAsync(first, last).ConfigureAwait(false);
        L2Slice? slice = null;
        try
        {
            (IoStatus status, slice) = await _l2.PinAsync(first).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, 0);
            }

            status = await OwnTableAsync(slice!.L1Index).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, 0);
            }

            long end = Math.Min(offset + data.Length, (last + 1) << _geometry.ClusterBits);
            return await AllocateAsync(slice, offset, data.Slice(0, end - offset), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (slice is not null)
            {
                _l2.Unpin(slice);
            }

            _locks.Release(first, last);
        }
    }

    private long LastOfSlice(long cluster) => cluster - (cluster % _geometry.SliceEntries) + _geometry.SliceEntries - 1;
}
