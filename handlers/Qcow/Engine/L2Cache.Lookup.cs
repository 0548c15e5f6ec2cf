// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Finding out what a piece of the disk is.</summary>
internal sealed partial class L2Cache
{
    private readonly HostFile _dataFile;
    private readonly bool _isExternal;
    private readonly bool _hasZeroFlag;

    /// <summary>Describes the disk from an offset on, as far as it is in one state and its slices are cached.</summary>
    /// <returns>False when the first slice is not cached: <see cref="LoadAsync"/> it.</returns>
    public bool TryFindRun(long offset, long length, out Run run)
    {
        run = default;
        long found = 0;
        while (found < length)
        {
            long position = offset + found;
            if (!TryGet(position >> _geometry.ClusterBits, out L2Slice? slice))
            {
                break;
            }

            Run piece = Classify(slice, position);
            if (found == 0)
            {
                run = piece;
            }
            else if (!Continues(run, found, piece))
            {
                break;
            }

            found += piece.LengthBytes;
        }

        run = run with { LengthBytes = Math.Min(found, length) };
        return found > 0;
    }

    /// <summary>Describes the disk from an offset on, loading slices as needed.</summary>
    public async ValueTask<(IoStatus Status, Run Run)> FindRunAsync(long offset, long length)
    {
        Run run;
        while (!TryFindRun(offset, length, out run))
        {
            IoStatus status = await LoadAsync(offset >> _geometry.ClusterBits).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, default);
            }
        }

        return (IoStatus.Good, run);
    }

    /// <summary>Describes one subcluster from a byte inside it to its end; a compressed cluster to the cluster's end.</summary>
    public Run Classify(L2Slice slice, long position)
    {
        int index = (int)((position >> _geometry.ClusterBits) % _geometry.SliceEntries);
        long inCluster = position & (_geometry.ClusterBytes - 1);
        if (!_geometry.HasExtendedL2)
        {
            ulong word = slice.Read(index);
            return ClassifyStandard(word, position - inCluster, inCluster);
        }

        (ulong extended, ulong bitmap) = slice.ReadPair(index * 2);
        return ClassifyExtended(extended, bitmap, position - inCluster, inCluster);
    }

    /// <summary>Whether an entry's host cluster may be used: aligned, no reserved bit, inside the file.</summary>
    public bool IsPlaceValid(ulong word)
    {
        long host = (long)(word & L2Entry.OffsetMask);
        return (word & L2Entry.ReservedMask) == 0
            && (host & (_geometry.ClusterBytes - 1)) == 0
            && (_isExternal || (host != 0 && host + _geometry.ClusterBytes - _dataFile.LengthBytes < _geometry.ClusterBytes));
    }

    /// <summary>Finds a slice in the cache.</summary>
    public bool TryGet(long guestCluster, [NotNullWhen(true)] out L2Slice? slice)
    {
        L2Slice?[]?[] tables = Volatile.Read(ref _tables);
        long l1Index = guestCluster / _geometry.L2Entries;
        slice = null;
        if (l1Index < tables.Length && Volatile.Read(ref tables[l1Index]) is { } table)
        {
            slice = Volatile.Read(ref table[guestCluster / _geometry.SliceEntries % _geometry.SlicesPerTable]);
        }

        if (slice is null)
        {
            return false;
        }

        // Written only when it changes, so that readers on several cores share the line.
        if (!slice.IsReferenced)
        {
            slice.IsReferenced = true;
        }

        return true;
    }

    private static bool Continues(in Run run, long found, in Run piece) =>
        piece.Kind == run.Kind
        && run.Kind is RunKind.Data or RunKind.Zero or RunKind.Unallocated
        && (run.Kind != RunKind.Data || (piece.HostOffset == run.HostOffset + found && piece.IsCopied == run.IsCopied));

    private Run ClassifyStandard(ulong word, long cluster, long inCluster)
    {
        long length = _geometry.ClusterBytes - inCluster;
        if ((word & L2Entry.Compressed) != 0)
        {
            return ClassifyCompressed(word, length);
        }

        bool isZero = (word & L2Entry.Zero) != 0;
        ulong place = word & ~L2Entry.Zero;
        bool isAllocated = (place & L2Entry.OffsetMask) != 0 || (_isExternal && (word & L2Entry.Copied) != 0);
        RunKind kind = (isZero && !_hasZeroFlag) || (word & L2Entry.ReservedMask) != 0 || (isAllocated && !IsHostValid(place, cluster)) ? RunKind.Invalid
            : isZero ? RunKind.Zero
            : isAllocated ? RunKind.Data
            : RunKind.Unallocated;
        return new Run(kind, length, (long)(place & L2Entry.OffsetMask) + inCluster, (word & L2Entry.Copied) != 0, word);
    }

    private Run ClassifyExtended(ulong word, ulong bitmap, long cluster, long inCluster)
    {
        if ((word & L2Entry.Compressed) != 0)
        {
            return ClassifyCompressed(word, _geometry.ClusterBytes - inCluster);
        }

        int subcluster = (int)(inCluster >> _geometry.SubclusterBits);
        bool isData = (bitmap & (1UL << subcluster)) != 0;
        bool isZero = (bitmap & (1UL << (subcluster + 32))) != 0;
        bool isAllocated = (word & L2Entry.OffsetMask) != 0 || (_isExternal && (word & L2Entry.Copied) != 0);
        bool isValid = (word & (L2Entry.ReservedMask | L2Entry.Zero)) == 0
            && !(isData && isZero)
            && (isAllocated ? IsHostValid(word, cluster) : !isData);
        RunKind kind = !isValid ? RunKind.Invalid : isZero ? RunKind.Zero : isData ? RunKind.Data : RunKind.Unallocated;
        long length = (1L << _geometry.SubclusterBits) - (inCluster & ((1L << _geometry.SubclusterBits) - 1));
        return new Run(kind, length, (long)(word & L2Entry.OffsetMask) + inCluster, (word & L2Entry.Copied) != 0, word);
    }

    private Run ClassifyCompressed(ulong word, long length)
    {
        (long offset, int bytes) = L2Entry.CompressedSpan(word, _geometry.ClusterBits);
        bool isValid = !_isExternal
            && (word & L2Entry.Copied) == 0
            && offset >= _geometry.ClusterBytes
            && offset <= _dataFile.LengthBytes
            && bytes <= 2 * _geometry.ClusterBytes;
        return new Run(isValid ? RunKind.Compressed : RunKind.Invalid, length, 0, false, word);
    }

    // In an external data file, guest and host offsets are the same; anything else is damage.
    private bool IsHostValid(ulong word, long cluster) =>
        IsPlaceValid(word) && (!_isExternal || (long)(word & L2Entry.OffsetMask) == cluster);
}
