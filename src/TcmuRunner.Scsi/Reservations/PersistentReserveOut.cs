// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <summary>The rules of PERSISTENT RESERVE OUT (SPC-5 5.13): from a state and a request to the next state. Changes nothing itself.</summary>
internal static partial class PersistentReserveOut
{
    /// <summary>A unit holds no more registrations than this; a list of all of them stays in bounds.</summary>
    public const int MostRegistrations = 256;

    /// <summary>Works out what a request does.</summary>
    /// <param name="state">The state in force.</param>
    /// <param name="request">The request.</param>
    /// <param name="nexus">Who asks; has a TransportID.</param>
    /// <param name="canPersist">Whether there is a store that outlives the daemon.</param>
    public static ReservationChange Apply(ReservationState state, PersistentReserveOutRequest request, ItNexus nexus, bool canPersist)
    {
        if (request.IsPersistent && !canPersist)
        {
            return ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInParameterList);
        }

        Registration? own = state.Find(nexus);
        switch (request.Action)
        {
            case PersistentReserveOutAction.Register when own is null ? request.Key != 0 : request.Key != own.Key:
                return ReservationChange.Conflict;
            case PersistentReserveOutAction.Register or PersistentReserveOutAction.RegisterAndIgnoreExistingKey:
                return Register(state, request, nexus, own);
        }

        if (own is null || own.Key != request.Key)
        {
            return ReservationChange.Conflict;
        }

        return request.Action switch
        {
            PersistentReserveOutAction.Reserve => Reserve(state, request, own),
            PersistentReserveOutAction.Release => Release(state, request, own),
            PersistentReserveOutAction.Clear => Clear(state, own),
            PersistentReserveOutAction.Preempt or PersistentReserveOutAction.PreemptAndAbort => Preempt(state, request, own),
            _ => Move(state, request, nexus, own),
        };
    }

    private static ReservationChange Register(ReservationState state, PersistentReserveOutRequest request, ItNexus nexus, Registration? own)
    {
        if (own is not null)
        {
            // Other ports may be named only by a nexus that registers for the first time (SPC-5 table of register behaviours).
            if (request.SpecifiesInitiatorPorts)
            {
                return ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInCdb);
            }

            return request.ServiceActionKey == 0 ? Unregister(state, request, own) : Changed(state.Replace(own, WithKey(own, request)), request);
        }

        if (request.ServiceActionKey == 0)
        {
            return request.SpecifiesInitiatorPorts ? ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInCdb) : new(state);
        }

        ImmutableArray<Registration>.Builder added = ImmutableArray.CreateBuilder<Registration>();
        added.Add(new Registration(nexus.TransportId!, nexus.RelativeTargetPortId, request.AllTargetPorts, request.ServiceActionKey));
        foreach (TransportId port in request.InitiatorPorts)
        {
            // One that cannot be registered spoils the whole command (SPC-5 5.13.7.3).
            if (port.ProtocolId != nexus.TransportId!.ProtocolId || port.Covers(nexus.TransportId) || state.Find(port, nexus.RelativeTargetPortId) is not null)
            {
                return ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInParameterList);
            }

            added.Add(new Registration(port, nexus.RelativeTargetPortId, request.AllTargetPorts, request.ServiceActionKey));
        }

        return state.Registrations.Length + added.Count > MostRegistrations
            ? ReservationChange.Refuse(AdditionalSenseCode.InsufficientRegistrationResources)
            : Changed(state with { Registrations = state.Registrations.AddRange(added.DrainToImmutable()) }, request);
    }

    private static Registration WithKey(Registration own, PersistentReserveOutRequest request) =>
        new(own.Initiator, own.RelativePortId, own.AllPorts || request.AllTargetPorts, request.ServiceActionKey);

    private static ReservationChange Unregister(ReservationState state, PersistentReserveOutRequest request, Registration own)
    {
        ReservationState left = state.Remove(own);

        // The other registrants had a share in a reservation that is now gone (SPC-5 5.13.11.3).
        bool isReleased = state.Type.IsForRegistrants() && left.Type == PersistentReservationType.None;
        return Changed(left, request) with
        {
            Attentions = isReleased ? Tell(left.Registrations, own, AdditionalSenseCode.ReservationsReleased) : [],
        };
    }

    private static ReservationChange Reserve(ReservationState state, PersistentReserveOutRequest request, Registration own)
    {
        if (state.Type == PersistentReservationType.None)
        {
            return new(state with { Type = request.Type, Holder = request.Type.IsAllRegistrants() ? null : own });
        }

        return state.IsHolder(own) && state.Type == request.Type ? new(state) : ReservationChange.Conflict;
    }

    private static ReservationChange Release(ReservationState state, PersistentReserveOutRequest request, Registration own)
    {
        if (state.Type == PersistentReservationType.None || !state.IsHolder(own))
        {
            return new(state);
        }

        if (state.Type != request.Type)
        {
            return ReservationChange.Refuse(AdditionalSenseCode.InvalidReleaseOfPersistentReservation);
        }

        return new(state with { Type = PersistentReservationType.None, Holder = null })
        {
            Attentions = state.Type.IsForRegistrants() ? Tell(state.Registrations, own, AdditionalSenseCode.ReservationsReleased) : [],
        };
    }

    private static ReservationChange Clear(ReservationState state, Registration own) =>
        new(state with { Registrations = [], Holder = null, Type = PersistentReservationType.None, Generation = state.Generation + 1 })
        {
            Attentions = Tell(state.Registrations, own, AdditionalSenseCode.ReservationsPreempted),
        };

    private static ReservationChange Changed(ReservationState state, PersistentReserveOutRequest request) =>
        new(state with { Generation = state.Generation + 1, IsPersistent = request.IsPersistent });

    private static ImmutableArray<(Registration Registration, AdditionalSenseCode Condition)> Tell(
        IEnumerable<Registration> registrations, Registration except, AdditionalSenseCode condition) =>
        [.. registrations.Where(other => !ReferenceEquals(other, except)).Select(other => (other, condition))];
}
