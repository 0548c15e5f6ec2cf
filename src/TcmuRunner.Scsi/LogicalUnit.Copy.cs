// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>EXTENDED COPY(LID1) (SPC-4 6.4): this unit is the copy manager, for itself and for the other units that the nexus may see.</content>
public sealed partial class LogicalUnit
{
    // Of finished copies so many are remembered for RECEIVE COPY RESULTS.
    private const int MostCopyResults = 32;
    private readonly List<CopyResult> _copies = [];

    // Whether an NAA identifier is this unit's (VPD page 83h).
    private bool IsNamed(ReadOnlySpan<byte> designator)
    {
        if (SerialNumber() is not { } serial)
        {
            return false;
        }

        Span<byte> own = stackalloc byte[UnitIdentity.NaaLength];
        UnitIdentity.WriteNaa(own, serial);
        return designator.SequenceEqual(own);
    }

    internal ValueTask<IoStatus> ExtendedCopy(ScsiTask task)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(task.Cdb[10..]);
        if (length == 0)
        {
            return Good();
        }

        if (length > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
        }

        // Longer lists are refused for their length, which stands in the header.
        byte[] list = new byte[Math.Min(length, CopyRequest.HeaderLength + CopyRequest.LongestDescriptorList)];
        task.DataOut.CopyTo(list);
        AdditionalSenseCode error = CopyRequest.Parse(list, out CopyRequest? request);
        if (error != AdditionalSenseCode.None)
        {
            return Refuse(task, SenseKey.IllegalRequest, error);
        }

        CopyResult? result = request!.ListIdentifier is { } identifier ? Remember(task.Nexus, identifier) : null;
        return request.ListIdentifier is not null && result is null
            ? Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.OperationInProgress)
            : CopyAsync(task, request, result);
    }

    private async ValueTask<IoStatus> CopyAsync(ScsiTask task, CopyRequest request, CopyResult? result)
    {
        AdditionalSenseCode error = AdditionalSenseCode.None;
        bool isDone = false;
        try
        {
            foreach (CopySegment segment in request.Segments)
            {
                error = await CopySegmentAsync(task, request, segment, result).ConfigureAwait(false);
                if (error != AdditionalSenseCode.None || task.Cancellation.IsCancellationRequested)
                {
                    break;
                }

                if (result is not null)
                {
                    result.Segments++;
                }
            }

            isDone = error == AdditionalSenseCode.None && !task.Cancellation.IsCancellationRequested;
        }
        finally
        {
            if (result is not null)
            {
                result.Status = isDone ? CopyResult.Succeeded : CopyResult.Failed;
            }
        }

        if (isDone)
        {
            return IoStatus.Good;
        }

        if (error == AdditionalSenseCode.None)
        {
            return IoOutcome.Aborted;
        }

        // For a range that does not exist in a copy target the standard has no code of its own.
        task.SetCheckCondition(SenseKey.CopyAborted, error == OutOfRange ? AdditionalSenseCode.None : error);
        return IoOutcome.SenseProvided;
    }

    private const AdditionalSenseCode OutOfRange = AdditionalSenseCode.LogicalBlockAddressOutOfRange;

    private async ValueTask<AdditionalSenseCode> CopySegmentAsync(ScsiTask task, CopyRequest request, CopySegment segment, CopyResult? result)
    {
        LogicalUnit? source = FindTarget(task.Nexus, request, segment.SourceIndex);
        LogicalUnit? destination = FindTarget(task.Nexus, request, segment.DestinationIndex);
        if (source is null || destination is null)
        {
            return AdditionalSenseCode.CopyTargetDeviceNotReachable;
        }

        uint named = request.Targets[segment.SourceIndex].BlockSizeBytes;
        if (source.BlockSizeBytes != destination.BlockSizeBytes || (named != 0 && named != (uint)source.BlockSizeBytes))
        {
            return AdditionalSenseCode.IncorrectCopyTargetDeviceType;
        }

        bool isInside = new BlockRange(segment.SourceAddress, segment.Count).IsInside(source.BlockCount)
            && new BlockRange(segment.DestinationAddress, segment.Count).IsInside(destination.BlockCount);
        return isInside ? await CopyBlocksAsync(task, source, destination, segment, result).ConfigureAwait(false) : OutOfRange;
    }

    private LogicalUnit? FindTarget(ItNexus nexus, CopyRequest request, int index)
    {
        if (index >= request.Targets.Length || request.Targets[index] is not { IsNull: false } target)
        {
            return null;
        }

        return IsNamed(target.Designator) ? this : nexus.VisibleUnits?.Invoke().FirstOrDefault(unit => unit.IsNamed(target.Designator));
    }

    // With the initiator's own nexus: reservations, write protection and every other rule hold for it here as for its reads and writes.
    private static async ValueTask<AdditionalSenseCode> CopyBlocksAsync(
        ScsiTask task, LogicalUnit source, LogicalUnit destination, CopySegment segment, CopyResult? result)
    {
        int shift = source._device.BlockShift;
        uint longest = Math.Min(LongestCopy(source), LongestCopy(destination));
        using var buffer = new IoBuffer((int)Math.Min(longest, Math.Max(segment.Count, (ushort)1)) << shift);
        var copy = new EngineTask(task.Nexus);

        // A destination that lies behind its source and overlaps it is filled from its end.
        bool isBackwards = ReferenceEquals(source, destination) && segment.DestinationAddress > segment.SourceAddress;
        for (uint done = 0; done < segment.Count;)
        {
            if (task.Cancellation.IsCancellationRequested)
            {
                return AdditionalSenseCode.None;
            }

            uint count = Math.Min((uint)buffer.Length >> shift, segment.Count - done);
            uint offset = isBackwards ? segment.Count - done - count : done;
            ScatterList data = buffer.List.Slice(0, (long)count << shift);
            byte[] read = CdbWriter.Blocks16(CdbWriter.Read16, 0, segment.SourceAddress + offset, count);
            byte[] write = CdbWriter.Blocks16(CdbWriter.Write16, 0, segment.DestinationAddress + offset, count);
            if (await copy.RunAsync(source, read, default, data).ConfigureAwait(false) != ScsiStatus.Good
                || await copy.RunAsync(destination, write, data, default).ConfigureAwait(false) != ScsiStatus.Good)
            {
                return AdditionalSenseCode.ThirdPartyDeviceFailure;
            }

            done += count;
            if (result is not null)
            {
                result.Bytes += (long)count << shift;
            }
        }

        return AdditionalSenseCode.None;
    }

    private static uint LongestCopy(LogicalUnit unit)
    {
        uint chunk = (uint)(BlockLimits.BounceBytes >> unit._device.BlockShift);
        return unit._limits.MaximumTransfer == 0 ? chunk : Math.Min(chunk, unit._limits.MaximumTransfer);
    }

    // Null where the nexus runs a copy of that name already.
    private CopyResult? Remember(ItNexus nexus, byte identifier)
    {
        lock (_copies)
        {
            int known = _copies.FindIndex(copy => copy.IsNamed(nexus, identifier));
            if (known >= 0)
            {
                if (_copies[known].Status == CopyResult.InProgress)
                {
                    return null;
                }

                _copies.RemoveAt(known);
            }

            if (_copies.Count >= MostCopyResults && _copies.FindIndex(static copy => copy.Status != CopyResult.InProgress) is var oldest and >= 0)
            {
                _copies.RemoveAt(oldest);
            }

            var result = new CopyResult(nexus, identifier);
            _copies.Add(result);
            return result;
        }
    }

    private void ForgetCopies(ItNexus nexus)
    {
        lock (_copies)
        {
            _copies.RemoveAll(copy => copy.IsOf(nexus));
        }
    }
}
