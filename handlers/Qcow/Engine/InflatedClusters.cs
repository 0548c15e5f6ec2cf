// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>The compressed clusters that were read last, inflated: a guest reads a cluster in several pieces. Thread safe.</summary>
/// <param name="capacity">How many clusters are kept.</param>
internal sealed class InflatedClusters(int capacity)
{
    private readonly Lock _lock = new();
    private readonly List<(ulong Word, byte[] Cluster)> _entries = [];

    /// <summary>Copies a piece out, if the cluster is here.</summary>
    public bool TryCopy(ulong word, int offset, ScatterList data)
    {
        byte[]? cluster;
        lock (_lock)
        {
            cluster = _entries.Find(entry => entry.Word == word).Cluster;
        }

        if (cluster is null)
        {
            return false;
        }

        data.CopyFrom(cluster.AsSpan(offset, (int)data.Length));
        return true;
    }

    /// <summary>Keeps a cluster in place of the oldest.</summary>
    public void Add(ulong word, byte[] cluster)
    {
        lock (_lock)
        {
            if (_entries.Count == capacity)
            {
                _entries.RemoveAt(0);
            }

            _entries.Add((word, cluster));
        }
    }
}
