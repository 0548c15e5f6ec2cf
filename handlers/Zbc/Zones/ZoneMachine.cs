// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// The zones' state machine (ZBC-2 4.4): which condition each zone has, what commands do to it, and how many zones may be open. Does no I/O.
/// </summary>
/// <remarks>
/// Changes are made under the lock of the device, one at a time. <see cref="State"/> and what only reads it need no lock: a state is one word.
/// Only SEQUENTIAL WRITE REQUIRED zones take part in the accounting of open zones (ZBC-2 4.4.3).
/// </remarks>
internal sealed partial class ZoneMachine
{
    private const int None = -1;
    private readonly ulong[] _states;
    private readonly byte[] _realmDomains;
    private readonly IZoneObserver? _observer;

    // The implicitly opened zones in the order in which they were opened, so that the oldest is closed when room is needed.
    private readonly int[] _next;
    private readonly int[] _previous;
    private int _oldest = None;
    private int _newest = None;
    private int _explicitlyOpened;
    private int _implicitlyOpened;
    private int _active;

    /// <summary>Starts from states as they were left: zones that were open are closed, as after a power cycle.</summary>
    /// <param name="layout">The zones.</param>
    /// <param name="limits">How many may be open, and which rules hold.</param>
    /// <param name="states">One word for each zone; owned by the machine from now on.</param>
    /// <param name="realmDomains">The active domain of each realm; owned by the machine from now on.</param>
    /// <param name="observer">Told of every change, also of those made here.</param>
    public ZoneMachine(ZoneLayout layout, ZoneLimits limits, ulong[] states, byte[] realmDomains, IZoneObserver? observer)
    {
        Layout = layout;
        Limits = limits;
        _states = states;
        _realmDomains = realmDomains;
        _observer = observer;
        IsReadRestricted = limits.ChecksWritePointer;
        _next = new int[states.Length];
        _previous = new int[states.Length];
        Array.Fill(_next, None);
        Array.Fill(_previous, None);
        for (int zone = 0; zone < states.Length; zone++)
        {
            ZoneState state = State(zone);
            if (state.IsOpen && IsSequential(zone))
            {
                state = state.With(state.WritePointer == 0 ? ZoneCondition.Empty : ZoneCondition.Closed);
                Store(zone, state);
            }

            _active += state.IsActive && IsLimited(zone) ? 1 : 0;
        }
    }

    public ZoneLayout Layout { get; }

    public ZoneLimits Limits { get; }

    /// <summary>What has happened since the start (log page 14h/01h).</summary>
    public ZoneStatistics Statistics { get; } = new();

    /// <summary>Whether reads beyond a write pointer fail (URSWRZ 0). MODE SELECT may change it.</summary>
    public bool IsReadRestricted { get; set; }

    /// <summary>SEQUENTIAL WRITE REQUIRED zones that are explicitly opened.</summary>
    public int ExplicitlyOpened => _explicitlyOpened;

    /// <summary>SEQUENTIAL WRITE REQUIRED zones that are implicitly opened.</summary>
    public int ImplicitlyOpened => _implicitlyOpened;

    /// <summary>The state of a zone. Any thread, no lock.</summary>
    public ZoneState State(int zone) => new(Volatile.Read(ref _states[zone]));

    /// <summary>The active domain of a realm.</summary>
    public int DomainOfRealm(int realm) => _realmDomains[realm];

    /// <summary>How many blocks of a zone, from its start, hold what was written; what lies behind reads as zeros.</summary>
    public long ReadableBlocks(int zone)
    {
        ZoneState state = State(zone);
        return (Layout.TypeOf(zone), state.Condition) switch
        {
            (ZoneType.Gap, _) or (_, ZoneCondition.Inactive) => 0,
            (ZoneType.Conventional, _) => Layout.LengthOf(zone),
            _ => state.WritePointer,
        };
    }

    /// <summary>Puts a zone into READ ONLY or OFFLINE, whatever it was, or back into what its write pointer says. For faults that are injected.</summary>
    /// <param name="zone">The zone; not a gap.</param>
    /// <param name="condition"><see cref="ZoneCondition.ReadOnly"/>, <see cref="ZoneCondition.Offline"/>, or null to clear the fault.</param>
    public void SetFault(int zone, ZoneCondition? condition)
    {
        ZoneState state = State(zone);
        if (condition is { } fault)
        {
            Change(zone, state.With(fault));
        }
        else if (state.Condition is ZoneCondition.ReadOnly or ZoneCondition.Offline)
        {
            Change(zone, state.With(RepairedCondition(zone, state)));
        }
    }

    /// <summary>Begins anew, as after a format: every realm is in the first domain.</summary>
    public void Restart(ReadOnlySpan<ulong> states)
    {
        for (int zone = 0; zone < states.Length; zone++)
        {
            Change(zone, new ZoneState(states[zone]));
        }

        for (int realm = 0; realm < _realmDomains.Length; realm++)
        {
            _realmDomains[realm] = 0;
            _observer?.RealmChanged(realm, 0);
        }
    }

    private ZoneCondition RepairedCondition(int zone, ZoneState state)
    {
        bool isActive = Layout.Realms.IsEmpty || Layout.RealmOfZone[zone] is not (>= 0 and var realm) || Layout.DomainOf(zone)!.Id == _realmDomains[realm];
        return (isActive, Layout.TypeOf(zone)) switch
        {
            (false, _) => ZoneCondition.Inactive,
            (_, ZoneType.Conventional) => ZoneCondition.NotWritePointer,
            _ when state.WritePointer == 0 => ZoneCondition.Empty,
            _ when state.WritePointer == Layout.LengthOf(zone) => ZoneCondition.Full,
            (_, ZoneType.SequentialOrBeforeRequired) => ZoneCondition.ImplicitlyOpened,
            _ => ZoneCondition.Closed,
        };
    }

    // SEQUENTIAL WRITE REQUIRED and PREFERRED: the zones that hosts open and close.
    private bool IsSequential(int zone) => Layout.TypeOf(zone) is ZoneType.SequentialWriteRequired or ZoneType.SequentialWritePreferred;

    private bool IsLimited(int zone) => Layout.TypeOf(zone) == ZoneType.SequentialWriteRequired;

    // The one place where a zone changes while the disk is in use: keeps the counts and the list in step.
    private void Change(int zone, ZoneState state)
    {
        ZoneState old = State(zone);
        if (IsLimited(zone))
        {
            Count(zone, old, -1);
            Count(zone, state, +1);
            Statistics.NoteOpened(_explicitlyOpened, _implicitlyOpened);
        }

        if (state != old)
        {
            Store(zone, state);
        }
    }

    private void Count(int zone, ZoneState state, int difference)
    {
        _active += state.IsActive ? difference : 0;
        if (state.Condition == ZoneCondition.ExplicitlyOpened)
        {
            _explicitlyOpened += difference;
        }

        // A write that leaves a zone open leaves its place in the list, too: only the new state counts here.
        bool isOpened = state.Condition == ZoneCondition.ImplicitlyOpened;
        if (difference > 0 && isOpened != IsListed(zone))
        {
            if (isOpened)
            {
                Append(zone);
            }
            else
            {
                Remove(zone);
            }
        }
    }

    private bool IsListed(int zone) => _oldest == zone || _previous[zone] != None;

    private void Append(int zone)
    {
        _previous[zone] = _newest;
        if (_newest == None)
        {
            _oldest = zone;
        }
        else
        {
            _next[_newest] = zone;
        }

        _newest = zone;
        _implicitlyOpened++;
    }

    private void Remove(int zone)
    {
        int previous = _previous[zone];
        int next = _next[zone];
        _oldest = _oldest == zone ? next : _oldest;
        _newest = _newest == zone ? previous : _newest;
        if (previous != None)
        {
            _next[previous] = next;
        }

        if (next != None)
        {
            _previous[next] = previous;
        }

        _next[zone] = None;
        _previous[zone] = None;
        _implicitlyOpened--;
    }

    private void Store(int zone, ZoneState state)
    {
        Volatile.Write(ref _states[zone], state.Bits);
        _observer?.ZoneChanged(zone, state);
    }
}
