// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Files;

/// <summary>Free operations of one loop. It grows to the most that were in flight at a time and stays there.</summary>
internal sealed class FileOperationPool
{
    private static readonly FileOperationPool s_shared = new();
    private static readonly Lock s_sharedLock = new();

    private FileOperation? _free;

    // Given back by other threads: a stack that only the renter empties, all at once.
    private FileOperation? _returned;

    /// <summary>Takes an operation for a thread that is no loop.</summary>
    internal static FileOperation RentShared()
    {
        lock (s_sharedLock)
        {
            return s_shared.Rent(null);
        }
    }

    /// <summary>Gives back what <see cref="RentShared"/> gave. Any thread.</summary>
    internal static void ReturnShared(FileOperation operation) => s_shared.ReturnFromElsewhere(operation);

    internal FileOperation Rent(LoopCore? owner)
    {
        FileOperation? operation = _free ?? Interlocked.Exchange(ref _returned, null);
        if (operation is null)
        {
            return new FileOperation(owner);
        }

        _free = operation.NextInQueue;
        operation.NextInQueue = null;
        return operation;
    }

    /// <summary>On the thread that rents.</summary>
    internal void Return(FileOperation operation)
    {
        operation.NextInQueue = _free;
        _free = operation;
    }

    /// <summary>Any thread.</summary>
    internal void ReturnFromElsewhere(FileOperation operation)
    {
        FileOperation? head = Volatile.Read(ref _returned);
        while (true)
        {
            operation.NextInQueue = head;
            FileOperation? seen = Interlocked.CompareExchange(ref _returned, operation, head);
            if (seen == head)
            {
                return;
            }

            head = seen;
        }
    }
}
