// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>A ZONE ACTIVATE or ZONE QUERY command (ZBC-2 5).</summary>
/// <param name="All">ALL: every zone of the domain; the other two are ignored.</param>
/// <param name="Domain">ZONE DOMAIN ID.</param>
/// <param name="ZoneId">ZONE ID.</param>
/// <param name="ZoneCount">NUMBER OF ZONES, of the CDB or of the mode page.</param>
internal readonly record struct ActivationRequest(bool All, int Domain, ulong ZoneId, long ZoneCount);
