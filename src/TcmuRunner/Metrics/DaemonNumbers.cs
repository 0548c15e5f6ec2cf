// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Sessions;
using TcmuRunner.Scsi;
using TcmuRunner.Targets;
using TcmuRunner.Tcmu;

namespace TcmuRunner.Metrics;

/// <summary>What the instruments look at.</summary>
/// <param name="Monitors">What the units of both fronts count.</param>
/// <param name="Devices">The devices of the TCMU front as they are.</param>
/// <param name="Units">The disks of the iSCSI front as they are.</param>
/// <param name="Sessions">The sessions of the iSCSI front as they are.</param>
internal sealed record DaemonNumbers(
    UnitMonitors Monitors,
    Func<IReadOnlyList<TcmuDeviceStatus>> Devices,
    Func<IReadOnlyList<ServedUnit>> Units,
    Func<IReadOnlyList<SessionStatus>> Sessions);
