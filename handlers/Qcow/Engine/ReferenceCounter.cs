// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Counts references to host clusters, in pages that exist only where there are any.</summary>
/// <param name="clusters">How many clusters the file has: references behind that are not counted.</param>
internal sealed class ReferenceCounter(long clusters)
{
    private const int PageBits = 14;
    private readonly uint[]?[] _pages = new uint[]?[(clusters >> PageBits) + 1];

    /// <summary>How many clusters can be counted.</summary>
    public long Clusters => clusters;

    /// <summary>The references to a cluster.</summary>
    public uint this[long cluster] => (ulong)cluster < (ulong)clusters && _pages[cluster >> PageBits] is { } page ? page[cluster & ((1 << PageBits) - 1)] : 0;

    /// <summary>Counts a reference to each of the clusters.</summary>
    /// <returns>False where one of them is not in the file.</returns>
    public bool Add(long first, long count)
    {
        if (first < 0 || count < 0 || first > clusters - count)
        {
            return false;
        }

        for (long cluster = first; cluster < first + count; cluster++)
        {
            uint[] page = _pages[cluster >> PageBits] ??= new uint[1 << PageBits];
            page[cluster & ((1 << PageBits) - 1)]++;
        }

        return true;
    }

    /// <summary>The last cluster with references; -1 where there is none.</summary>
    public long FindLast()
    {
        for (long page = _pages.Length - 1; page >= 0; page--)
        {
            int last = _pages[page] is { } counts ? counts.AsSpan().LastIndexOfAnyExcept(0u) : -1;
            if (last >= 0)
            {
                return (page << PageBits) + last;
            }
        }

        return -1;
    }

    /// <summary>Whether any cluster of a range has references.</summary>
    public bool Any(long first, long count)
    {
        for (long cluster = first; cluster < Math.Min(clusters, first + count);)
        {
            if (_pages[cluster >> PageBits] is null)
            {
                cluster = ((cluster >> PageBits) + 1) << PageBits;
            }
            else if (this[cluster++] != 0)
            {
                return true;
            }
        }

        return false;
    }
}
