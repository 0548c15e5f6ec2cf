// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd;

/// <summary>How long the cluster may leave an operation unanswered.</summary>
internal static class OperationTimeout
{
    private const int Margin = 5;

    /// <summary>
    /// Decides the time-out: the disk's where it is long enough, else the cluster's own where that is, else a little more than it takes the
    /// cluster to notice a dead OSD. A shorter one would fail operations that the cluster is about to complete elsewhere.
    /// </summary>
    /// <param name="wanted">The disk's, in seconds; null for none.</param>
    /// <param name="cluster">The setting <c>rados_osd_op_timeout</c>, in seconds; 0 for none.</param>
    /// <param name="detection">Seconds until the cluster notices a dead OSD: heartbeat grace and interval.</param>
    /// <returns>The time-out to set, in seconds; null to leave the cluster's own.</returns>
    public static int? Decide(int? wanted, int cluster, int detection)
    {
        if (wanted > detection)
        {
            return wanted;
        }

        return cluster > detection ? null : detection + Margin;
    }
}
