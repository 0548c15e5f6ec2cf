// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <content>The rules of reads and writes (ZBC-2 4.4.3).</content>
internal sealed partial class ZoneMachine
{
    /// <summary>Checks a write and opens the zone that it writes to where it is not open. Nothing changes where the write is refused.</summary>
    /// <param name="block">First block.</param>
    /// <param name="count">How many blocks, inside the disk; zero opens the zone and writes nothing.</param>
    public ZoneError BeginWrite(long block, long count)
    {
        if (block == Layout.BlockCount)
        {
            return ZoneError.None;
        }

        ZoneError error = CheckWrite(block, count);
        if (error == ZoneError.None)
        {
            error = OpenForWrite(block, count);
        }

        if (error != ZoneError.None)
        {
            Statistics.NoteWriteViolation();
        }

        return error;
    }

    /// <summary>Blocks that must become zeros before a write, because the write pointer will jump over them.</summary>
    /// <param name="block">First block of the write.</param>
    /// <param name="gapStart">First block to be zeroed; they end where the write begins.</param>
    public bool JumpsOver(long block, out long gapStart)
    {
        gapStart = block;
        if (block == Layout.BlockCount)
        {
            return false;
        }

        ZonePiece piece = Layout.PieceAt(block, 0);
        if (Layout.TypeOf(piece.Zone) == ZoneType.SequentialWritePreferred)
        {
            gapStart = Layout.StartOf(piece.Zone) + Math.Min(piece.Offset, State(piece.Zone).WritePointer);
        }

        return gapStart < block;
    }

    /// <summary>Advances the write pointers after the blocks have been written.</summary>
    public void EndWrite(long block, long count)
    {
        while (count > 0)
        {
            ZonePiece piece = Layout.PieceAt(block, count);
            Advance(piece);
            block += piece.Count;
            count -= piece.Count;
        }
    }

    /// <summary>Checks a read. Needs no lock.</summary>
    /// <param name="block">First block.</param>
    /// <param name="count">How many blocks, inside the disk.</param>
    public ZoneError CheckRead(long block, long count)
    {
        ZoneError error = ZoneError.None;
        for (ZoneType? firstType = null; count > 0 && error == ZoneError.None;)
        {
            ZonePiece piece = Layout.PieceAt(block, count);
            ZoneType type = piece.IsGap ? ZoneType.Gap : Layout.TypeOf(piece.Zone);
            error = CheckRead(piece, type, firstType ?? type, count);
            firstType ??= type;
            block += piece.Count;
            count -= piece.Count;
        }

        if (error != ZoneError.None)
        {
            Statistics.NoteReadViolation();
        }

        return error;
    }

    private ZoneError CheckRead(ZonePiece piece, ZoneType type, ZoneType firstType, long count)
    {
        ZoneState state = State(piece.Zone);
        if (type == ZoneType.Gap)
        {
            return IsReadRestricted ? ZoneError.AttemptToAccessGapZone : type == firstType ? ZoneError.None : ZoneError.ReadBoundaryViolation;
        }

        if (state.Condition == ZoneCondition.Offline)
        {
            return ZoneError.ZoneIsOffline;
        }

        if (state.Condition == ZoneCondition.Inactive && IsReadRestricted && type != ZoneType.Conventional
            && (type != ZoneType.SequentialWritePreferred || Limits.Dialect == Dialect.Zbc2))
        {
            return ZoneError.ZoneIsInactive;
        }

        if (type != firstType)
        {
            return ZoneError.ReadBoundaryViolation;
        }

        if (!IsReadRestricted || type is ZoneType.Conventional or ZoneType.SequentialWritePreferred)
        {
            return ZoneError.None;
        }

        if (type == ZoneType.SequentialWriteRequired && count > piece.Count)
        {
            return ZoneError.ReadBoundaryViolation;
        }

        // The write pointer of a read-only zone is not valid, so that no read is beyond it.
        return state.Condition != ZoneCondition.ReadOnly && piece.Offset + piece.Count > state.WritePointer
            ? ZoneError.AttemptToReadInvalidData
            : ZoneError.None;
    }

    private ZoneError CheckWrite(long block, long count)
    {
        ZoneType? firstType = null;
        do
        {
            ZonePiece piece = Layout.PieceAt(block, count);
            ZoneType type = piece.IsGap ? ZoneType.Gap : Layout.TypeOf(piece.Zone);
            if (CheckWrite(piece, type, firstType ?? type, count) is not ZoneError.None and var error)
            {
                return error;
            }

            firstType ??= type;
            block += piece.Count;
            count -= piece.Count;
        }
        while (count > 0);
        return ZoneError.None;
    }

    private ZoneError CheckWrite(ZonePiece piece, ZoneType type, ZoneType firstType, long count)
    {
        if (type == ZoneType.Gap)
        {
            return ZoneError.AttemptToAccessGapZone;
        }

        ZoneState state = State(piece.Zone);
        if (CheckCondition(state.Condition) is not ZoneError.None and var error)
        {
            return error;
        }

        bool isRequired = type == ZoneType.SequentialWriteRequired;
        if (type != firstType || (isRequired && count > piece.Count))
        {
            return ZoneError.WriteBoundaryViolation;
        }

        if (isRequired && state.Condition == ZoneCondition.Full)
        {
            return ZoneError.InvalidFieldInCdb;
        }

        bool isOrBefore = type == ZoneType.SequentialOrBeforeRequired && state.Condition != ZoneCondition.Full;
        if ((isRequired && piece.Offset != state.WritePointer) || (isOrBefore && piece.Offset > state.WritePointer))
        {
            return ZoneError.UnalignedWrite;
        }

        // What ends at the write pointer or beyond must leave it at the end of a physical block.
        long end = piece.Offset + piece.Count;
        return (isRequired || isOrBefore) && piece.Count > 0 && end >= state.WritePointer && end % Layout.PhysicalBlocks != 0 && end != Layout.LengthOf(piece.Zone)
            ? ZoneError.UnalignedWrite
            : ZoneError.None;
    }

    private ZoneError OpenForWrite(long block, long count)
    {
        do
        {
            ZonePiece piece = Layout.PieceAt(block, count);
            ZoneState state = State(piece.Zone);
            if (state.Condition is ZoneCondition.Empty or ZoneCondition.Closed)
            {
                if (IsLimited(piece.Zone))
                {
                    bool isFull = (Limits.OpenZones > 0 && _explicitlyOpened >= Limits.OpenZones)
                        || (Limits.ActiveZones > 0 && !state.IsActive && _active >= Limits.ActiveZones);
                    if (isFull)
                    {
                        return ZoneError.InsufficientZoneResources;
                    }

                    MakeRoom(1);
                }

                Change(piece.Zone, state.With(ZoneCondition.ImplicitlyOpened));
            }

            block += piece.Count;
            count -= piece.Count;
        }
        while (count > 0);
        return ZoneError.None;
    }

    private void Advance(ZonePiece piece)
    {
        ZoneState state = State(piece.Zone);
        long length = Layout.LengthOf(piece.Zone);
        long end = piece.Offset + piece.Count;
        switch (Layout.TypeOf(piece.Zone))
        {
            case ZoneType.SequentialWriteRequired:
                break;
            case ZoneType.SequentialWritePreferred:
                bool isSequential = piece.Offset == state.WritePointer;
                if (!isSequential)
                {
                    Statistics.NoteSuboptimalWrite(!state.IsNonSequential);
                    state = state.WithNonSequential(true);
                }

                end = Math.Max(end, state.WritePointer);
                break;
            case ZoneType.SequentialOrBeforeRequired:
                end = Math.Max(end, state.WritePointer);
                break;
            default:
                return;
        }

        // Another zone may have been opened meanwhile at the expense of this one, which then had not been written to.
        ZoneCondition condition = (end == length, state.Condition) switch
        {
            (true, _) => ZoneCondition.Full,
            (_, ZoneCondition.Empty) when end > 0 => ZoneCondition.Closed,
            _ => state.Condition,
        };
        Change(piece.Zone, state.WithWritePointer(end).With(condition));
    }
}
