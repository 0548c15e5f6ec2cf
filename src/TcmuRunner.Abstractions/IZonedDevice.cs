// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// A disk with zones. It enforces their rules in its reads and writes, which fail with <see cref="IoStatus.CheckCondition"/>, and executes the
/// commands that are about zones. The rules of <see cref="IBlockDevice"/> apply, and one more: a write of zero bytes is passed on, because it
/// opens a zone.
/// </summary>
public interface IZonedDevice : IBlockDevice
{
    /// <summary>
    /// Optional (<see cref="DeviceCapabilities.Zones"/>). Asked for every ZONE MANAGEMENT (94h, 95h) and variable-length (7Fh) command, and first for
    /// FORMAT UNIT, SANITIZE, LOG SENSE, MODE SENSE, MODE SELECT and RECEIVE DIAGNOSTIC RESULTS. Unit attentions have been reported before;
    /// of the CDB only the length has been checked.
    /// </summary>
    /// <param name="command">The command; valid until the operation completes.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    /// <returns><see cref="IoOutcome.NotSupported"/>, having changed nothing, to decline: the engine then handles or refuses the command.</returns>
    ValueTask<IoStatus> ExecuteZoneCommandAsync(IRawCommand command, CancellationToken cancellationToken);

    /// <summary>Optional (<see cref="DeviceCapabilities.Zones"/>). Called once, before the first command: lends what tells initiators of changes.</summary>
    /// <param name="unitAttentions">Valid until the device is disposed.</param>
    void Attach(IUnitAttentions unitAttentions);

    /// <summary>How many zones there are; does not change.</summary>
    int ZoneCount { get; }

    /// <summary>Describes a zone as it is at the moment. Any thread; does not block.</summary>
    /// <param name="zone">Its number.</param>
    /// <exception cref="HandlerException">There is no such zone.</exception>
    ZoneDescription GetZone(int zone);

    /// <summary>Makes a zone faulty, or whole again, and tells the initiators; commands in flight on it end first. For control threads.</summary>
    /// <param name="zone">Its number.</param>
    /// <param name="fault">What is to be wrong with it.</param>
    /// <param name="cancellationToken">The device is going away.</param>
    /// <exception cref="HandlerException">There is no such zone, it is a gap, or the change could not be made durable.</exception>
    ValueTask SetZoneFaultAsync(int zone, ZoneFault fault, CancellationToken cancellationToken);
}
