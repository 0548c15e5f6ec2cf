// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// A backing store that several gateways reach and one at a time may change. The engine decides when the lock is taken and given back
/// (asymmetric logical unit access, SPC-5 5.18); the device makes sure that nothing of a gateway without the lock reaches the data.
/// </summary>
/// <remarks>
/// Every operation that the backing store refuses because the lock is somebody else's ends with <see cref="IoOutcome.Fenced"/>: by that the engine
/// learns that the lock is lost. It asks for none before it has taken the lock again. A lock that is held when the device closes is given back.
/// </remarks>
public interface ILockDevice : IHandlerDevice
{
    /// <summary>
    /// Optional (<see cref="DeviceCapabilities.Lock"/>). Takes the lock, from another gateway too, which is shut out before: whatever it still has
    /// under way fails. Succeeds where the lock is held already. A device that was shut out itself makes itself usable again first.
    /// </summary>
    /// <param name="tag">Written down with the lock, for <see cref="ReadLockTagAsync"/> of every gateway: the target port group that uses it.</param>
    /// <param name="cancellationToken">The lock is not wanted any more.</param>
    /// <returns>Good: the lock is held. Another outcome: it is not, and commands that wait for it end with this outcome.</returns>
    /// <remarks>Called on any thread but a loop's; may take as long as the backing store needs. Calls of the three methods do not overlap, but
    /// commands go on.</remarks>
    ValueTask<IoStatus> AcquireLockAsync(ushort tag, CancellationToken cancellationToken);

    /// <summary>Gives the lock back. Operations that have begun are complete, or have failed, before another gateway can have it.</summary>
    /// <param name="cancellationToken">The device is going away.</param>
    /// <returns>Good, also where the lock was not held.</returns>
    ValueTask<IoStatus> ReleaseLockAsync(CancellationToken cancellationToken);

    /// <summary>The tag of whoever holds the lock at the moment, of any gateway.</summary>
    /// <param name="cancellationToken">The answer is not wanted any more.</param>
    /// <returns>Null where nobody holds it, or whoever does has left no tag.</returns>
    ValueTask<ushort?> ReadLockTagAsync(CancellationToken cancellationToken);
}
