// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>A command from the ring. Pooled; everything but its completion happens on the loop that owns the ring.</summary>
internal sealed unsafe class RingTask : ScsiTask
{
    private const int InitialVectors = 16;

    private readonly CommandRing _ring;
    private IoVector[] _vectors;
    private IoVector* _table;

    /// <summary>Creates a task for the pool of a ring.</summary>
    internal RingTask(CommandRing ring)
    {
        _ring = ring;
        ForeignCompletion = new CompletionWork(this);
        AllocateTable(InitialVectors);
    }

    /// <summary>Brings the task back to the ring's loop when it completes on another thread.</summary>
    internal LoopWorkItem ForeignCompletion { get; }

    /// <summary>The kernel's tag.</summary>
    internal ushort CommandId { get; private set; }

    /// <summary>In which interval of the ring's time-out clock the command came.</summary>
    internal uint Generation { get; private set; }

    /// <summary>From <see cref="Begin"/> until the ring takes the task back.</summary>
    internal bool IsInFlight { get; private set; }

    /// <summary>The time-out has passed and was reported.</summary>
    internal bool IsOverdue { get; set; }

    /// <summary>Completed, and waiting for its turn in a ring that takes answers in order only.</summary>
    internal bool IsAnswered { get; set; }

    /// <summary>Sense data of a command that was never executed because its entry is invalid; null for all others.</summary>
    internal byte[]? Rejection { get; set; }

    /// <summary>Whether Data-In and Data-Out are separate buffers: the kernel then takes all of Data-In.</summary>
    internal bool IsBidirectional { get; private set; }

    /// <summary>Neighbour in the list of tasks in flight; after that, in the pool.</summary>
    internal RingTask? Next { get; set; }

    /// <summary>Neighbour in the list of tasks in flight.</summary>
    internal RingTask? Previous { get; set; }

    /// <summary>Neighbour in the list of tasks that are about to be aborted.</summary>
    internal RingTask? NextToAbort { get; set; }

    /// <summary>Starts a life of the task.</summary>
    internal void Begin(ushort commandId, uint generation)
    {
        CommandId = commandId;
        Generation = generation;
        IsInFlight = true;
        IsOverdue = false;
        IsAnswered = false;
        Rejection = null;
    }

    /// <summary>Ends a life of the task.</summary>
    internal void End() => IsInFlight = false;

    /// <summary>Copies a command's vectors out of the ring and turns offsets into addresses.</summary>
    /// <param name="source">The vectors in the ring.</param>
    /// <param name="count">How many.</param>
    /// <param name="area">What they may refer to.</param>
    /// <returns>False when one of them leaves the data area.</returns>
    internal bool TryCopyVectors(RingVector* source, int count, in DataArea area)
    {
        if (count > _vectors.Length)
        {
            AllocateTable(count);
        }

        IoVector* destination = _table;
        for (int index = 0; index < count; index++)
        {
            // One copy, then only the copy counts: the shared memory may change while we look at it.
            RingVector vector = source[index];
            if (!area.Contains(vector.Offset, vector.LengthBytes))
            {
                return false;
            }

            destination[index] = new IoVector((nint)(area.Map + vector.Offset), (nuint)vector.LengthBytes);
        }

        return true;
    }

    /// <summary>Makes the task ready to be executed, with the vectors copied before.</summary>
    /// <param name="nexus">Who sent it.</param>
    /// <param name="cdb">The CDB in the ring; copied.</param>
    /// <param name="count">Vectors of the Data-Out buffer, or of the only one.</param>
    /// <param name="bidirectionalCount">Vectors of the Data-In buffer of a bidirectional command.</param>
    internal void Load(ItNexus nexus, ReadOnlySpan<byte> cdb, int count, int bidirectionalCount)
    {
        var first = new ScatterList(_table, count);
        IsBidirectional = bidirectionalCount != 0;
        // The ring does not say which way the data of a command go, so the one buffer serves both.
        ScatterList second = IsBidirectional ? new ScatterList(_table + count, bidirectionalCount) : first;
        Prepare(nexus, cdb, first, second);
    }

    /// <inheritdoc/>
    protected override void OnCompleted() => _ring.OnTaskCompleted(this);

    // Pinned for the garbage collector: handlers give the table to system calls.
    [MemberNotNull(nameof(_vectors))]
    private void AllocateTable(int count)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)count);
        _vectors = GC.AllocateUninitializedArray<IoVector>(capacity, pinned: true);
        _table = (IoVector*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_vectors));
    }

    private sealed class CompletionWork(RingTask task) : LoopWorkItem
    {
        protected internal override void Run() => task._ring.Complete(task);
    }
}
