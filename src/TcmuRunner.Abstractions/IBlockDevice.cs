// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Reads and writes bytes. Everything else of SCSI is the engine's.</summary>
/// <remarks>
/// For every operation of this and the other device interfaces:
/// <list type="bullet">
/// <item>Called on a loop thread, so it must not block: it completes at once on the calling thread, or returns a <see cref="ValueTask{T}"/>
/// that completes later on any thread. Start slow work elsewhere.</item>
/// <item>Calls may overlap unless <see cref="DeviceCharacteristics.Threading"/> says otherwise, also for the same bytes.</item>
/// <item>The memory of a <see cref="ScatterList"/> is the caller's and valid until the operation completes, not a moment longer.</item>
/// <item>The engine has checked: offset and length are multiples of the block size and lie inside the device, the list is exactly as long
/// as the operation, nothing is written to a read-only device.</item>
/// <item>All of the range or an error: there is no partial success.</item>
/// <item>An exception costs the command (HARDWARE ERROR) and is logged; the device lives on.</item>
/// <item>A cancelled token (abort, time-out, removal) asks to give up early; completing normally is legal. The initiator's command is
/// answered only when the operation has completed, because its memory is lent out until then.</item>
/// </list>
/// </remarks>
public interface IBlockDevice : IHandlerDevice
{
    /// <summary>Required. Fills <paramref name="data"/> from the device.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="data">Where to; all of it must be written to on success.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken);

    /// <summary>Required. Writes <paramref name="data"/> to the device.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="data">What to write.</param>
    /// <param name="options">Only options for which a capability was promised.</param>
    /// <param name="cancellationToken">The command was aborted; what was written by then is undefined.</param>
    ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken);
}
