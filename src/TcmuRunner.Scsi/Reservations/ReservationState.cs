// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <summary>Who may use a logical unit, at one moment. Immutable: a command takes one look and goes by that, without a lock.</summary>
internal sealed record ReservationState
{
    /// <summary>Nobody is registered and nothing is reserved.</summary>
    public static ReservationState Empty { get; } = new();

    /// <summary>PRGENERATION.</summary>
    public uint Generation { get; init; }

    /// <summary>The registered nexuses, in order of registration.</summary>
    public ImmutableArray<Registration> Registrations { get; init; } = [];

    /// <summary>The type of the persistent reservation, <see cref="PersistentReservationType.None"/> for none.</summary>
    public PersistentReservationType Type { get; init; }

    /// <summary>Who holds the persistent reservation; null where there is none, and where all registrants hold it.</summary>
    public Registration? Holder { get; init; }

    /// <summary>Whether registrations and reservation outlive the daemon (APTPL of the last registration).</summary>
    public bool IsPersistent { get; init; }

    /// <summary>Whether nothing is reserved: every command may pass.</summary>
    public bool IsFree => Type == PersistentReservationType.None;

    /// <summary>The registration of a nexus, or null.</summary>
    public Registration? Find(ItNexus nexus) =>
        nexus.TransportId is { } initiator ? Find(initiator, nexus.RelativeTargetPortId) : null;

    /// <summary>The registration of a nexus, or null.</summary>
    public Registration? Find(TransportId initiator, ushort relativePortId)
    {
        foreach (Registration registration in Registrations)
        {
            if (registration.IsOf(initiator, relativePortId))
            {
                return registration;
            }
        }

        return null;
    }

    /// <summary>Whether a registration holds the persistent reservation.</summary>
    public bool IsHolder(Registration registration) => Type.IsAllRegistrants() || ReferenceEquals(Holder, registration);

    /// <summary>Whether a command must end with RESERVATION CONFLICT (SPC-5 table of commands allowed with reservations); null for one of the device's own.</summary>
    public bool Conflicts(ItNexus nexus, CommandDescriptor? command, ReadOnlySpan<byte> cdb)
    {
        bool isHarmless = command is not null
            && (command.Has(CommandFlags.IgnoresReservation)
                || (Type.AllowsReads() && command.Has(CommandFlags.OnlyReads))
                || (command.IsHarmless is { } harmless && harmless(cdb)));
        if (Type == PersistentReservationType.None || isHarmless)
        {
            return false;
        }

        return Find(nexus) is not { } registration || !(Type.IsForRegistrants() || ReferenceEquals(Holder, registration));
    }

    /// <summary>Puts a registration in the place of another one, which keeps its reservation.</summary>
    public ReservationState Replace(Registration old, Registration replacement) => this with
    {
        Registrations = Registrations.Replace(old, replacement, ReferenceEqualityComparer.Instance),
        Holder = ReferenceEquals(Holder, old) ? replacement : Holder,
    };

    /// <summary>Takes a registration away, and the reservation with it where nobody is left to hold it (SPC-5 5.13.11.3).</summary>
    public ReservationState Remove(Registration registration)
    {
        ReservationState left = this with { Registrations = Registrations.Remove(registration, ReferenceEqualityComparer.Instance) };
        bool isReleased = ReferenceEquals(Holder, registration) || left.Registrations.IsEmpty;
        return isReleased ? left with { Holder = null, Type = PersistentReservationType.None } : left;
    }
}
