// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <content>PREEMPT, PREEMPT AND ABORT (SPC-5 5.13.11.4) and REGISTER AND MOVE (SPC-5 5.13.8).</content>
internal static partial class PersistentReserveOut
{
    private static ReservationChange Preempt(ReservationState state, PersistentReserveOutRequest request, Registration own)
    {
        ulong key = request.ServiceActionKey;
        bool takesReservation = state.Type.IsAllRegistrants() ? key == 0 : state.Holder is { } holder && holder.Key == key;
        if (key == 0 && !takesReservation)
        {
            return ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInParameterList);
        }

        // Who takes the reservation over keeps its own registration; who only removes registrations may remove its own.
        ImmutableArray<Registration> removed = takesReservation
            ? [.. state.Registrations.Where(other => !ReferenceEquals(other, own) && (key == 0 || other.Key == key))]
            : [.. state.Registrations.Where(other => other.Key == key)];
        if (removed.IsEmpty && !takesReservation)
        {
            return ReservationChange.Conflict;
        }

        ReservationState next = removed.Aggregate(state, static (left, registration) => left.Remove(registration)) with { Generation = state.Generation + 1 };
        var attentions = Tell(removed, own, AdditionalSenseCode.RegistrationsPreempted);
        if (takesReservation)
        {
            next = next with { Type = request.Type, Holder = request.Type.IsAllRegistrants() ? null : own };

            // Who stays registered learns that the reservation is another one now.
            if (state.Type != request.Type)
            {
                attentions = attentions.AddRange(Tell(next.Registrations, own, AdditionalSenseCode.ReservationsReleased));
            }
        }

        return new(next)
        {
            Attentions = attentions,
            Preempted = request.Action == PersistentReserveOutAction.PreemptAndAbort ? removed : [],
        };
    }

    private static ReservationChange Move(ReservationState state, PersistentReserveOutRequest request, ItNexus nexus, Registration own)
    {
        if (state.Type == PersistentReservationType.None)
        {
            return ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInCdb);
        }

        if (state.Type.IsAllRegistrants() || !ReferenceEquals(state.Holder, own))
        {
            return ReservationChange.Conflict;
        }

        TransportId port = request.InitiatorPorts[0];
        bool isSelf = port.Covers(nexus.TransportId!) && request.RelativePortId == nexus.RelativeTargetPortId;
        if (request.ServiceActionKey == 0 || request.RelativePortId == 0 || isSelf || port.ProtocolId != nexus.TransportId!.ProtocolId)
        {
            return ReservationChange.Refuse(AdditionalSenseCode.InvalidFieldInParameterList);
        }

        var heir = new Registration(port, request.RelativePortId, false, request.ServiceActionKey);
        ReservationState next = state.Find(port, request.RelativePortId) is { } known && !ReferenceEquals(known, own)
            ? state.Replace(known, heir)
            : state with { Registrations = state.Registrations.Add(heir) };
        if (next.Registrations.Length > MostRegistrations)
        {
            return ReservationChange.Refuse(AdditionalSenseCode.InsufficientRegistrationResources);
        }

        next = next with { Holder = heir };
        return Changed(request.Unregister ? next.Remove(own) : next, request);
    }
}
