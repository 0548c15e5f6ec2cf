// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Files;

/// <summary>
/// Keeps everything else that changes a direct file out while an unaligned write reads blocks, merges its bytes and writes them back: a
/// neighbour's bytes written in between would be overwritten with the old ones.
/// </summary>
/// <remarks>
/// First come, first served, so that nobody starves. One gate for the whole file and not one per range: writes that are not aligned happen
/// only where a disk of 512-byte blocks lies on a device of 4096-byte sectors, and these are slow by nature. Aligned writes only pass a
/// counter. Thread safe: the loops of one device share the file.
/// </remarks>
internal sealed class DirectWriteGate
{
    private readonly Lock _lock = new();
    private FileOperation? _first;
    private FileOperation? _last;
    private int _shared;
    private bool _exclusive;

    /// <summary>Lets an operation in, or queues it until <see cref="FileOperation.Resume"/>.</summary>
    /// <returns>Whether it may go on at once.</returns>
    internal bool TryEnter(FileOperation operation, FileAccessMode access)
    {
        lock (_lock)
        {
            if (_first is null && TryTake(access))
            {
                return true;
            }

            operation.WantedAccess = access;
            operation.NextInQueue = null;
            if (_last is null)
            {
                _first = operation;
            }
            else
            {
                _last.NextInQueue = operation;
            }

            _last = operation;
            return false;
        }
    }

    /// <summary>An operation that was let in has ended.</summary>
    internal void Exit(FileAccessMode access)
    {
        lock (_lock)
        {
            if (access == FileAccessMode.Exclusive)
            {
                _exclusive = false;
            }
            else
            {
                _shared--;
            }

            while (_first is { } operation && TryTake(operation.WantedAccess))
            {
                _first = operation.NextInQueue;
                if (_first is null)
                {
                    _last = null;
                }

                operation.NextInQueue = null;
                // Only posts it: nothing of it runs under the lock.
                operation.Resume(operation.WantedAccess);
            }
        }
    }

    private bool TryTake(FileAccessMode access)
    {
        if (_exclusive || (access == FileAccessMode.Exclusive && _shared > 0))
        {
            return false;
        }

        if (access == FileAccessMode.Exclusive)
        {
            _exclusive = true;
        }
        else
        {
            _shared++;
        }

        return true;
    }
}
