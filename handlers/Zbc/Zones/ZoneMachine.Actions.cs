// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <content>OPEN, CLOSE, FINISH, RESET WRITE POINTER and SEQUENTIALIZE (ZBC-2 5).</content>
internal sealed partial class ZoneMachine
{
    /// <summary>Finds the zones that a command names. Looks at no state, so it needs no lock.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="zoneId">ZONE ID.</param>
    /// <param name="zoneCount">ZONE COUNT; zero means one.</param>
    /// <param name="all">ALL: the other two are ignored, except that ZONE COUNT must be zero.</param>
    /// <param name="request">The zones.</param>
    public ZoneError Resolve(ZoneAction action, ulong zoneId, int zoneCount, bool all, out ZoneRequest request)
    {
        request = new ZoneRequest(action, 0, Layout.ZoneCount, true);
        if (all)
        {
            return zoneCount == 0 ? ZoneError.None : ZoneError.InvalidFieldInCdb;
        }

        if (zoneId >= (ulong)Layout.BlockCount)
        {
            return ZoneError.LogicalBlockAddressOutOfRange;
        }

        int zone = Layout.ZoneOf((long)zoneId);
        long offset = (long)zoneId - Layout.StartOf(zone);
        if (offset != 0)
        {
            return offset == Layout.LengthOf(zone) ? ZoneError.AttemptToAccessGapZone : ZoneError.InvalidFieldInCdb;
        }

        request = new ZoneRequest(action, zone, Math.Max(1, zoneCount), false);
        if (request.Count > Layout.ZoneCount - zone)
        {
            return ZoneError.InvalidFieldInCdb;
        }

        return request.Count == 1 ? CheckType(zone) : CheckTypes(request);
    }

    /// <summary>Checks the conditions of the zones, and whether there is room for what is to be opened. Changes nothing.</summary>
    public ZoneError Check(ZoneRequest request)
    {
        if (!request.All)
        {
            // A zone that is inactive or faulty says so before it says that its type does not know the action.
            bool maySkip = request.Count > 1 && request.Action != ZoneAction.Finish;
            for (int zone = request.First; zone < request.End; zone++)
            {
                ZoneError error = maySkip ? ZoneError.None : CheckCondition(State(zone).Condition);
                error = error == ZoneError.None ? CheckAction(request.Action, zone) : error;
                if (error != ZoneError.None)
                {
                    return error;
                }
            }
        }

        return request.Action switch
        {
            ZoneAction.Open => CheckRoomToOpen(request),
            ZoneAction.Finish when !request.All => CheckRoomToFinish(request),
            _ => ZoneError.None,
        };
    }

    /// <summary>Whether a command changes a zone, as things stand.</summary>
    public bool Affects(ZoneRequest request, int zone)
    {
        ZoneState state = State(zone);
        bool isSequential = IsSequential(zone);
        bool hasWritePointer = isSequential || Layout.TypeOf(zone) == ZoneType.SequentialOrBeforeRequired;
        return request.Action switch
        {
            ZoneAction.Open => isSequential
                && (state.Condition == ZoneCondition.Closed
                    || (!request.All && state.Condition is ZoneCondition.Empty or ZoneCondition.ImplicitlyOpened)),
            ZoneAction.Close => isSequential && state.IsOpen,
            ZoneAction.Finish => (isSequential || (hasWritePointer && Limits.Dialect == Dialect.Draft5))
                && (state.IsActive || (!request.All && state.Condition == ZoneCondition.Empty)),
            ZoneAction.Reset => hasWritePointer && (state.IsActive || state.Condition == ZoneCondition.Full),
            _ => hasWritePointer && state.IsNonSequential && (!request.All || state.Condition == ZoneCondition.Closed),
        };
    }

    /// <summary>Does what a command asks for, to one zone that it <see cref="Affects"/>. <see cref="Check"/> has passed.</summary>
    public void Apply(ZoneRequest request, int zone)
    {
        ZoneState state = State(zone);
        switch (request.Action)
        {
            case ZoneAction.Open:
                Change(zone, state.With(ZoneCondition.ExplicitlyOpened));
                break;
            case ZoneAction.Close:
                Close(zone, state);
                break;
            case ZoneAction.Finish:
                // On its way the zone is open for a moment, and takes the place of another.
                if (!request.All && !state.IsOpen && IsLimited(zone))
                {
                    MakeRoom(1);
                }

                Change(zone, state.With(ZoneCondition.Full).WithWritePointer(Layout.LengthOf(zone)));
                break;
            case ZoneAction.Reset:
                Change(zone, new ZoneState(ZoneCondition.Empty, 0));
                Statistics.NoteEmptied();
                break;
            default:
                Change(zone, state.WithNonSequential(false));
                break;
        }
    }

    /// <summary>Closes implicitly opened zones, oldest first, until no more zones are open than may be.</summary>
    /// <param name="reserved">How many more are about to be opened.</param>
    public void MakeRoom(int reserved = 0)
    {
        while (Limits.OpenZones > 0 && _explicitlyOpened + _implicitlyOpened + reserved > Limits.OpenZones && _oldest != None)
        {
            Close(_oldest, State(_oldest));
        }
    }

    private void Close(int zone, ZoneState state) =>
        Change(zone, state.With(state.WritePointer == 0 ? ZoneCondition.Empty : ZoneCondition.Closed));

    private ZoneError CheckType(int zone) => Layout.TypeOf(zone) switch
    {
        ZoneType.Gap => ZoneError.AttemptToAccessGapZone,
        ZoneType.Conventional => ZoneError.InvalidFieldInCdb,
        _ => ZoneError.None,
    };

    // SEQUENTIAL OR BEFORE REQUIRED zones are neither opened nor closed by hosts, and finished in the draft only.
    private ZoneError CheckAction(ZoneAction action, int zone)
    {
        bool isKnown = action switch
        {
            ZoneAction.Open or ZoneAction.Close => false,
            ZoneAction.Finish => Limits.Dialect == Dialect.Draft5,
            _ => true,
        };
        return isKnown || Layout.TypeOf(zone) != ZoneType.SequentialOrBeforeRequired ? ZoneError.None : ZoneError.InvalidFieldInCdb;
    }

    private ZoneError CheckTypes(ZoneRequest request)
    {
        ZoneDomain? domain = Layout.DomainOf(request.First);
        if (domain is not null && !domain.Contains(request.End - 1))
        {
            return ZoneError.InvalidFieldInCdb;
        }

        ZoneError error = ZoneError.None;
        for (int zone = request.First; zone < request.End; zone++)
        {
            // A gap anywhere in the range comes first, also one between a zone's capacity and the next zone.
            if (Layout.TypeOf(zone) == ZoneType.Gap || (zone < request.End - 1 && Layout.LengthOf(zone) < Layout.SlotLength(zone)))
            {
                return ZoneError.AttemptToAccessGapZone;
            }

            error = error == ZoneError.None ? CheckType(zone) : error;
        }

        return error;
    }

    private static ZoneError CheckCondition(ZoneCondition condition) => condition switch
    {
        ZoneCondition.Inactive => ZoneError.ZoneIsInactive,
        ZoneCondition.Offline => ZoneError.ZoneIsOffline,
        ZoneCondition.ReadOnly => ZoneError.ZoneIsReadOnly,
        _ => ZoneError.None,
    };

    private ZoneError CheckRoomToOpen(ZoneRequest request)
    {
        int opened = 0;
        int activated = 0;
        for (int zone = request.First; zone < request.End; zone++)
        {
            if (IsLimited(zone) && Affects(request, zone))
            {
                opened++;
                activated += State(zone).IsActive ? 0 : 1;
            }
        }

        bool fits = (Limits.OpenZones == 0 || opened == 0 || _explicitlyOpened + opened <= Limits.OpenZones)
            && (Limits.ActiveZones == 0 || activated == 0 || _active + activated <= Limits.ActiveZones);
        if (!fits)
        {
            Statistics.NoteFailedOpen();
        }

        return fits ? ZoneError.None : ZoneError.InsufficientZoneResources;
    }

    private ZoneError CheckRoomToFinish(ZoneRequest request)
    {
        bool needsRoom = false;
        for (int zone = request.First; zone < request.End; zone++)
        {
            needsRoom |= IsLimited(zone) && (State(zone).Condition is ZoneCondition.Empty or ZoneCondition.Closed);
        }

        return needsRoom && Limits.OpenZones > 0 && _explicitlyOpened >= Limits.OpenZones ? ZoneError.InsufficientZoneResources : ZoneError.None;
    }
}
