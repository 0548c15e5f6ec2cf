// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>The sizes that follow from a qcow2 header and never change while an image is open.</summary>
internal sealed class ClusterGeometry
{
    private const int SubclustersPerCluster = 32;
    private const int MaximumSliceBytes = 4096;

    public ClusterGeometry(int clusterBits, bool hasExtendedL2, int refcountOrder)
    {
        ClusterBits = clusterBits;
        HasExtendedL2 = hasExtendedL2;
        SubclusterBits = hasExtendedL2 ? clusterBits - 5 : clusterBits;
        WordsPerEntry = hasExtendedL2 ? 2 : 1;
        L2Entries = ClusterBytes / (8 * WordsPerEntry);
        SliceBytes = Math.Min(ClusterBytes, MaximumSliceBytes);
        SliceEntries = SliceBytes / (8 * WordsPerEntry);
        SlicesPerTable = ClusterBytes / SliceBytes;
        RefcountOrder = refcountOrder;
        RefcountsPerBlock = (long)ClusterBytes * 8 >> refcountOrder;
    }

    /// <summary>log2 of the cluster size, 9 to 21.</summary>
    public int ClusterBits { get; }

    /// <summary>Whether entries have a subcluster bitmap.</summary>
    public bool HasExtendedL2 { get; }

    /// <summary>log2 of the smallest unit with a state of its own.</summary>
    public int SubclusterBits { get; }

    /// <summary>How many subclusters a cluster has: 32 with extended L2, else 1.</summary>
    public int Subclusters => HasExtendedL2 ? SubclustersPerCluster : 1;

    /// <summary>64-bit words per L2 entry.</summary>
    public int WordsPerEntry { get; }

    /// <summary>Bytes per cluster.</summary>
    public int ClusterBytes => 1 << ClusterBits;

    /// <summary>Entries per L2 table.</summary>
    public int L2Entries { get; }

    /// <summary>Bytes of an L2 table that are cached together.</summary>
    public int SliceBytes { get; }

    /// <summary>Entries per slice.</summary>
    public int SliceEntries { get; }

    /// <summary>Slices per L2 table.</summary>
    public int SlicesPerTable { get; }

    /// <summary>log2 of the bits per reference count, 0 to 6.</summary>
    public int RefcountOrder { get; }

    /// <summary>Reference counts per refcount block.</summary>
    public long RefcountsPerBlock { get; }

    /// <summary>The largest reference count that can be stored.</summary>
    public ulong MaximumRefcount => RefcountOrder == 6 ? long.MaxValue : (1UL << (1 << RefcountOrder)) - 1;

    /// <summary>How many L1 entries a disk of so many bytes needs.</summary>
    public long L1EntriesFor(long sizeBytes) => DivideRoundUp(DivideRoundUp(sizeBytes, ClusterBytes), L2Entries);

    /// <summary>How many clusters so many bytes take.</summary>
    public long ClustersFor(long bytes) => DivideRoundUp(bytes, ClusterBytes);

    /// <summary>Rounds up to whole clusters, in bytes.</summary>
    public long AlignUp(long bytes) => (bytes + ClusterBytes - 1) & -ClusterBytes;

    private static long DivideRoundUp(long value, long divisor) => (value / divisor) + (value % divisor == 0 ? 0 : 1);
}
