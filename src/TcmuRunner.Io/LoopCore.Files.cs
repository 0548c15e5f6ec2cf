// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Files;

namespace TcmuRunner.Io;

internal abstract partial class LoopCore
{
    private readonly FileOperationPool _operations = new();
    private int _inFlight;

    /// <summary>Threads for calls that the mechanism cannot do without blocking.</summary>
    internal WorkerPool Workers { get; }

    /// <summary>Takes an operation from the loop's pool. The loop's thread.</summary>
    internal FileOperation RentOperation() => _operations.Rent(this);

    /// <summary>Gives an operation back. Any thread: the caller of a file awaits where it likes.</summary>
    internal void ReturnOperation(FileOperation operation)
    {
        if (Current == this)
        {
            _operations.Return(operation);
        }
        else
        {
            _operations.ReturnFromElsewhere(operation);
        }
    }

    /// <summary>Counts an operation, so that the loop does not end before it.</summary>
    internal void BeginOperation() => _inFlight++;

    /// <summary>Counts the end of an operation, and runs its continuation.</summary>
    internal void EndOperation(FileOperation operation)
    {
        _inFlight--;
        try
        {
            operation.Complete(operation.Result);
        }
        catch (Exception exception)
        {
            Log.ContinuationThrew(_logger, exception, Name);
        }
    }

    /// <summary>Counts the end of an operation that is no <see cref="FileOperation"/>.</summary>
    internal void EndOperation() => _inFlight--;

    /// <summary>Starts the next step of an operation.</summary>
    internal abstract void Submit(FileOperation operation);

    /// <summary>Nothing that the kernel or a worker still holds.</summary>
    private bool IsQuiet => _inFlight == 0 && _sources.TrueForAll(slot => slot.IsReleased);
}
