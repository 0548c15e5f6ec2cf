// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Glfs;

/// <summary>Runs calls into libgfapi that may block for as long as the volume does not answer, each on a thread of its own.</summary>
internal static class BlockingCall
{
    /// <summary>Runs a call on a thread of its own; the caller goes on elsewhere when it has ended.</summary>
    public static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <inheritdoc cref="RunAsync{T}(Func{T})"/>
    public static Task RunAsync(Action call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
