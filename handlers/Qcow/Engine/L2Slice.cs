// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>A piece of an L2 table in memory, in the machine's byte order.</summary>
/// <remarks>
/// Entries are read without a lock and changed under <see cref="L2Cache.Lock"/>. Entries of two words are guarded by <see cref="_version"/>,
/// which is odd while one changes. A pinned slice stays in the cache; everything that changes one holds a pin until it is written out.
/// </remarks>
internal sealed class L2Slice(L2Cache cache, int l1Index, int indexInTable, ulong[] words) : Coalescer
{
    private readonly ulong[] _words = words;
    private int _version;

    public int L1Index => l1Index;
    public int IndexInTable => indexInTable;

    /// <summary>How many users keep it from being evicted. Under <see cref="L2Cache.Lock"/>.</summary>
    public int Pins { get; set; }

    /// <summary>Whether it was used since the clock's hand came by.</summary>
    public bool IsReferenced { get; set; }

    /// <summary>Whether it could not be written out, so that the file holds less than the memory. Under <see cref="L2Cache.Lock"/>.</summary>
    public bool IsStale { get; set; }

    /// <summary>The words, for encoding. Under <see cref="L2Cache.Lock"/>.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>A standard entry, or the first word of an extended one.</summary>
    public ulong Read(int word) => Volatile.Read(ref _words[word]);

    /// <summary>Both words of an extended entry, as they were at one time.</summary>
    public (ulong Word, ulong Bitmap) ReadPair(int word)
    {
        var spin = default(SpinWait);
        while (true)
        {
            int before = Volatile.Read(ref _version);
            ulong first = Volatile.Read(ref _words[word]);
            ulong second = Volatile.Read(ref _words[word + 1]);
            if ((before & 1) == 0 && Volatile.Read(ref _version) == before)
            {
                return (first, second);
            }

            spin.SpinOnce();
        }
    }

    /// <summary>Changes a standard entry. Under <see cref="L2Cache.Lock"/>.</summary>
    public void Write(int word, ulong value) => Volatile.Write(ref _words[word], value);

    /// <summary>Changes an extended entry. Under <see cref="L2Cache.Lock"/>.</summary>
    public void WritePair(int word, ulong first, ulong second)
    {
        // Full fences: the words must not be seen to change before the version is odd, nor after it is even again.
        Interlocked.Increment(ref _version);
        Volatile.Write(ref _words[word], first);
        Volatile.Write(ref _words[word + 1], second);
        Interlocked.Increment(ref _version);
    }

    protected override ValueTask<IoStatus> RunRoundAsync() => cache.WriteOutAsync(this);
}
