// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>A source that a loop serves, with what the loop has to know about it. The loop's thread only.</summary>
internal sealed class SourceSlot
{
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes a reference on the source's descriptor for as long as it is served.</summary>
    internal SourceSlot(LoopSource source)
    {
        Source = source;
        bool taken = false;
        source.Descriptor.DangerousAddRef(ref taken);
        Descriptor = (int)source.Descriptor.DangerousGetHandle();
    }

    internal LoopSource Source { get; }

    internal int Descriptor { get; }

    /// <summary>The mechanism's number for the slot.</summary>
    internal int Index { get; set; }

    /// <summary>Whether members of the source may be called.</summary>
    internal bool IsActive { get; set; } = true;

    /// <summary>Whether the kernel holds a one-shot poll request for the descriptor.</summary>
    internal bool IsArmed { get; set; }

    /// <summary>Whether the loop has let go of the descriptor.</summary>
    internal bool IsReleased { get; private set; }

    /// <summary>Completed once the kernel holds nothing of the source any more.</summary>
    internal Task Removed => _removed.Task;

    internal void Release()
    {
        IsReleased = true;
        Source.Descriptor.DangerousRelease();
        _removed.SetResult();
    }
}
