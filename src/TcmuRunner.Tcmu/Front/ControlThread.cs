// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Front;

/// <summary>Runs calls into handlers that may block for long on threads of their own, so that they do not use up the pool's.</summary>
internal static class ControlThread
{
    private const TaskCreationOptions OwnThread = TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach;

    internal static Task<T> RunAsync<T>(Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, OwnThread, TaskScheduler.Default).Unwrap();

    internal static Task RunAsync(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, OwnThread, TaskScheduler.Default).Unwrap();
}
