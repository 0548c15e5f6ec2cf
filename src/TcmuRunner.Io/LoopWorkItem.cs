// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>Something to run on a loop. An intrusive queue node, so that posting it allocates nothing.</summary>
/// <remarks>May be in one queue once at a time; it may be posted again from <see cref="Run"/> on.</remarks>
public abstract class LoopWorkItem
{
    internal LoopWorkItem? Next;

    /// <summary>Runs on the loop's thread. Must not block and must not throw.</summary>
    protected internal abstract void Run();
}
