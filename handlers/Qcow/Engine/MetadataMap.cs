// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Which host clusters hold metadata: looked at before every write, so that a damaged image stops instead of getting worse. A bitmap in pages
/// that exist only where there is metadata. Reads take no lock; changes do.
/// </summary>
internal sealed class MetadataMap
{
    private const int PageBits = 15;
    private const int PageWords = 1 << (PageBits - 6);

    private readonly Lock _lock = new();
    private ulong[]?[] _pages = [];

    /// <summary>Whether any of the clusters holds metadata.</summary>
    public bool Overlaps(long firstCluster, long lastCluster)
    {
        ulong[]?[] pages = Volatile.Read(ref _pages);
        for (long cluster = firstCluster; cluster <= lastCluster;)
        {
            long page = cluster >> PageBits;
            if (page >= pages.Length)
            {
                return false;
            }

            if (Volatile.Read(ref pages[page]) is not { } words)
            {
                cluster = (page + 1) << PageBits;
                continue;
            }

            if ((Volatile.Read(ref words[(cluster >> 6) & (PageWords - 1)]) & (1UL << (int)(cluster & 63))) != 0)
            {
                return true;
            }

            cluster++;
        }

        return false;
    }

    /// <summary>Notes that clusters hold metadata.</summary>
    /// <returns>False when one of them did so before: two structures claim it.</returns>
    public bool Add(long firstCluster, long count)
    {
        bool isNew = true;
        lock (_lock)
        {
            for (long cluster = firstCluster; cluster < firstCluster + count; cluster++)
            {
                ref ulong word = ref WordOf(cluster);
                ulong bit = 1UL << (int)(cluster & 63);
                isNew &= (word & bit) == 0;
                Volatile.Write(ref word, word | bit);
            }
        }

        return isNew;
    }

    /// <summary>Notes that clusters hold metadata no longer.</summary>
    public void Remove(long firstCluster, long count)
    {
        lock (_lock)
        {
            for (long cluster = firstCluster; cluster < firstCluster + count; cluster++)
            {
                ref ulong word = ref WordOf(cluster);
                Volatile.Write(ref word, word & ~(1UL << (int)(cluster & 63)));
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Volatile.Write(ref _pages, []);
        }
    }

    private ref ulong WordOf(long cluster)
    {
        long page = cluster >> PageBits;
        if (page >= _pages.Length)
        {
            ulong[]?[] larger = new ulong[]?[Math.Max(page + 1, Math.Min(_pages.Length * 2L, page + 4096))];
            _pages.CopyTo(larger, 0);
            Volatile.Write(ref _pages, larger);
        }

        if (_pages[page] is null)
        {
            Volatile.Write(ref _pages[page], new ulong[PageWords]);
        }

        return ref _pages[page]![(cluster >> 6) & (PageWords - 1)];
    }
}
