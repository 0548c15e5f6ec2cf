// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Clusters that are counted durably and not used yet, so that a write can take one at once and needs no ordering of its own. Filled in the
/// background before it runs out. A crash leaks what is in it; closing gives it back. Thread safe.
/// </summary>
internal sealed class ClusterReserve : Coalescer
{
    private const long InitialBytes = 4 << 20;
    private const long MaximumBytes = 64 << 20;
    private const long MinimumClusters = 8;
    private const long MaximumClusters = 4096;

    private readonly ClusterAllocator _allocator;
    private readonly Lock _lock = new();
    private readonly List<ClusterRun> _runs = [];
    private readonly int _clusterBytes;
    private long _available;
    private long _target;

    public ClusterReserve(ClusterAllocator allocator, int clusterBytes)
    {
        _allocator = allocator;
        _clusterBytes = clusterBytes;
        _target = Math.Clamp(InitialBytes / clusterBytes, MinimumClusters, MaximumClusters);
    }

    /// <summary>Takes clusters in a row.</summary>
    /// <param name="count">How many are wanted; one to that many are given.</param>
    public async ValueTask<(IoStatus Status, ClusterRun Run)> TakeAsync(long count)
    {
        while (true)
        {
            if (TryTake(count, out ClusterRun run))
            {
                return (IoStatus.Good, run);
            }

            IoStatus status = await RequestAsync().ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, default);
            }
        }
    }

    /// <summary>Empties the reserve: the caller gives the clusters back to the allocator. Only while no operation runs.</summary>
    public List<ClusterRun> Drain()
    {
        lock (_lock)
        {
            List<ClusterRun> all = [.. _runs];
            _runs.Clear();
            _available = 0;
            return all;
        }
    }

    protected override async ValueTask<IoStatus> RunRoundAsync()
    {
        long wanted;
        lock (_lock)
        {
            // Many requests may have waited for one round: what the one before brought is enough for them.
            if (_available >= _target)
            {
                return IoStatus.Good;
            }

            wanted = _target;
        }

        var runs = new List<ClusterRun>();
        IoStatus status;
        await _allocator.Mutex.WaitAsync().ConfigureAwait(false);
        try
        {
            status = await _allocator.AllocateAsync(wanted, runs).ConfigureAwait(false);
        }
        finally
        {
            _allocator.Mutex.Release();
        }

        lock (_lock)
        {
            _runs.AddRange(runs);
            _available += runs.Sum(run => run.Count);
        }

        return status;
    }

    private bool TryTake(long count, out ClusterRun run)
    {
        bool mustFill;
        lock (_lock)
        {
            if (_runs.Count == 0)
            {
                run = default;
                return false;
            }

            ClusterRun first = _runs[0];
            long taken = Math.Min(count, first.Count);
            run = first with { Count = taken };
            if (taken == first.Count)
            {
                _runs.RemoveAt(0);
            }
            else
            {
                _runs[0] = first with { First = first.First + taken, Count = first.Count - taken };
            }

            _available -= taken;
            mustFill = _available < _target / 2 && _available + taken >= _target / 2;
            if (mustFill)
            {
                // Somebody writes much: twice as many next time, so that a round is done before the reserve is empty.
                _target = Math.Clamp(Math.Min(_target * 2, MaximumBytes / _clusterBytes), MinimumClusters, MaximumClusters);
            }
        }

        if (mustFill)
        {
            // Its failure is met by whoever finds the reserve empty.
            _ = RequestAsync().AsTask();
        }

        return true;
    }
}
