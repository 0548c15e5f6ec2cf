// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>What a loop has done so far; written by its thread, read by any for statistics and tests.</summary>
internal sealed class LoopCounters
{
    private long _turns;
    private long _sleeps;
    private long _spins;
    private long _spinHits;
    private long _kernelEntries;

    /// <summary>Turns in which there was work.</summary>
    internal long Turns => Volatile.Read(ref _turns);

    /// <summary>How often the loop waited in the kernel.</summary>
    internal long Sleeps => Volatile.Read(ref _sleeps);

    /// <summary>How often it looked for work without sleeping.</summary>
    internal long Spins => Volatile.Read(ref _spins);

    /// <summary>How many of these found some.</summary>
    internal long SpinHits => Volatile.Read(ref _spinHits);

    /// <summary>io_uring_enter or epoll_wait calls.</summary>
    internal long KernelEntries => Volatile.Read(ref _kernelEntries);

    // One writer: no interlocked operation is needed, and on 64 bits no reader sees half a value.
    internal void CountTurn() => _turns++;

    internal void CountSleep() => _sleeps++;

    internal void CountSpin() => _spins++;

    internal void CountSpinHit() => _spinHits++;

    internal void CountKernelEntry() => _kernelEntries++;
}
