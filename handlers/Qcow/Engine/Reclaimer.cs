// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Gives back clusters that the mapping refers to no longer: waits until that is durable and until nobody can still be using them, then
/// drops the reference counts and punches holes. A crash before that leaks them. Thread safe.
/// </summary>
internal sealed class Reclaimer(HostFile file, ClusterAllocator allocator, OperationGate gate, MetadataMap metadata, int clusterBits) : Coalescer
{
    // So much waits for the guest's next flush; more is given back at once.
    private const long EagerBytes = 32 << 20;

    private readonly Lock _lock = new();
    private List<ClusterRun> _pending = [];
    private long _pendingClusters;

    /// <summary>Whether no operation runs, so that there is none to wait for. Set by control operations.</summary>
    public bool IsExclusive { get; set; }

    /// <summary>Whether something waits.</summary>
    public bool HasPending
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count > 0;
            }
        }
    }

    /// <summary>Drops one reference to each of the clusters, later.</summary>
    public void Add(long first, long count)
    {
        bool isMuch;
        lock (_lock)
        {
            if (_pending.Count > 0 && _pending[^1].First + _pending[^1].Count == first)
            {
                _pending[^1] = _pending[^1] with { Count = _pending[^1].Count + count };
            }
            else
            {
                _pending.Add(new ClusterRun(first, count, false));
            }

            long before = _pendingClusters << clusterBits;
            _pendingClusters += count;
            isMuch = before < EagerBytes && _pendingClusters << clusterBits >= EagerBytes;
        }

        if (isMuch)
        {
            // What fails stays pending, and is tried again after the next flush.
            _ = RequestAsync().AsTask();
        }
    }

    protected override async ValueTask<IoStatus> RunRoundAsync()
    {
        List<ClusterRun> runs;
        lock (_lock)
        {
            if (_pending.Count == 0)
            {
                return IoStatus.Good;
            }

            (runs, _pending) = (_pending, []);
            _pendingClusters = 0;
        }

        IoStatus status = await file.FlushAsync().ConfigureAwait(false);
        if (!status.IsGood)
        {
            lock (_lock)
            {
                _pending.InsertRange(0, runs);
                _pendingClusters += runs.Sum(run => run.Count);
            }

            return status;
        }

        if (!IsExclusive)
        {
            await gate.GracePeriodAsync().ConfigureAwait(false);
        }

        await allocator.Mutex.WaitAsync().ConfigureAwait(false);
        try
        {
            return await DropAsync(runs).ConfigureAwait(false);
        }
        finally
        {
            allocator.Mutex.Release();
        }
    }

    private async ValueTask<IoStatus> DropAsync(List<ClusterRun> runs)
    {
        var freed = new List<ClusterRun>();
        IoStatus status = IoStatus.Good;
        foreach (ClusterRun run in runs)
        {
            IoStatus dropped = await allocator.ChangeAsync(run.First, run.Count, -1, freed).ConfigureAwait(false);
            status = dropped.IsGood ? status : dropped;
        }

        foreach (ClusterRun run in freed)
        {
            metadata.Remove(run.First, run.Count);

            // A hole that cannot be punched costs space, and nothing else.
            _ = await file.ClearHoleAsync(run.First << clusterBits, run.Count << clusterBits).ConfigureAwait(false);
        }

        IoStatus written = await allocator.WriteBackAsync(WriteOptions.None).ConfigureAwait(false);
        return status.IsGood ? written : status;
    }
}
