// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Speaks SCSI itself, for all commands or for those it likes. The rules of <see cref="IBlockDevice"/> apply, but nothing was checked.</summary>
public interface IRawCommandDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.RawCommands"/>). Asked first for every command.</summary>
    /// <param name="command">The command; valid until the operation completes.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    /// <returns>
    /// <see cref="IoOutcome.NotSupported"/>, having changed nothing, to decline: the engine then handles the command, or refuses it when the
    /// device is not an <see cref="IBlockDevice"/>.
    /// </returns>
    ValueTask<IoStatus> ExecuteAsync(IRawCommand command, CancellationToken cancellationToken);
}
