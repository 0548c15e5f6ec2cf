// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What the types of persistent reservations mean.</summary>
internal static class PersistentReservationTypes
{
    /// <summary>Whether every registered nexus holds the reservation.</summary>
    public static bool IsAllRegistrants(this PersistentReservationType type) =>
        type is PersistentReservationType.WriteExclusiveAllRegistrants or PersistentReservationType.ExclusiveAccessAllRegistrants;

    /// <summary>Whether registered nexuses may do what the holder may.</summary>
    public static bool IsForRegistrants(this PersistentReservationType type) =>
        type is PersistentReservationType.WriteExclusiveRegistrantsOnly or PersistentReservationType.ExclusiveAccessRegistrantsOnly
        || type.IsAllRegistrants();

    /// <summary>Whether everybody may read.</summary>
    public static bool AllowsReads(this PersistentReservationType type) =>
        type is PersistentReservationType.WriteExclusive
            or PersistentReservationType.WriteExclusiveRegistrantsOnly
            or PersistentReservationType.WriteExclusiveAllRegistrants;

    /// <summary>Reads the SCOPE and TYPE byte of a CDB.</summary>
    /// <returns>False for another scope than the logical unit, and for a type that does not exist.</returns>
    public static bool TryParse(byte scopeAndType, out PersistentReservationType type)
    {
        type = (PersistentReservationType)(scopeAndType & 0x0F);
        return scopeAndType >> 4 == 0 && type != PersistentReservationType.None && Enum.IsDefined(type);
    }
}
