// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// Runs calls into native libraries that may block for as long as a cluster does not answer, each on a thread of its own: they take none from the
/// thread pool, which everybody shares. Thread safe. For opening, closing and control, not for reads and writes.
/// </summary>
public static class BlockingCall
{
    /// <summary>Runs a call on a thread of its own; the caller goes on elsewhere when it has ended.</summary>
    /// <typeparam name="T">What the call returns.</typeparam>
    /// <param name="call">The call; what it throws, the task throws.</param>
    public static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <inheritdoc cref="RunAsync{T}(Func{T})"/>
    public static Task RunAsync(Action call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
