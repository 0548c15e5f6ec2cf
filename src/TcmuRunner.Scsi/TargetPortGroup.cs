// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>A target port group (SPC-5 5.18.2).</summary>
public sealed record TargetPortGroup
{
    /// <summary>Target port group identifier.</summary>
    public required ushort Id { get; init; }

    /// <summary>Current state.</summary>
    public required AsymmetricAccessState State { get; init; }

    /// <summary>The PREF bit.</summary>
    public bool IsPreferred { get; init; }

    /// <summary>Supported-states byte of REPORT TARGET PORT GROUPS: T_SUP 80h, O_SUP 40h, LBD_SUP 10h, U_SUP 08h, S_SUP 04h, AN_SUP 02h, AO_SUP 01h.</summary>
    public byte SupportedStates { get; init; }

    /// <summary>STATUS CODE: 0 none, 1 altered by SET TARGET PORT GROUPS, 2 altered by implicit behaviour.</summary>
    public byte StatusCode { get; init; }

    /// <summary>Whether the target may change the state.</summary>
    public bool IsImplicit { get; init; }

    /// <summary>Whether SET TARGET PORT GROUPS may change the state.</summary>
    public bool IsExplicit { get; init; }

    /// <summary>IMPLICIT TRANSITION TIME in seconds.</summary>
    public byte ImplicitTransitionSeconds { get; init; }

    /// <summary>The group's ports.</summary>
    public required IReadOnlyList<TargetPort> Ports { get; init; }
}
