// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Making, applying and deleting internal snapshots, also while the disk is served: commands wait meanwhile. In version 3 the dirty bit is set
/// around the change, so that whoever opens the image after a crash builds the counts anew.
/// </summary>
internal sealed partial class Qcow2Image
{
    private const int MaximumNameBytes = 255;

    /// <summary>Makes a snapshot of the disk as it is.</summary>
    /// <exception cref="HandlerException">It cannot be made; the disk is as it was.</exception>
    public Task CreateSnapshotAsync(string name, DateTimeOffset time) => ChangeSnapshotsAsync(async () =>
    {
        CheckNewName(name);
        ulong[] l1 = _l1.ToArray();
        await ChangeTreeAsync(l1, 1, null).ConfigureAwait(false);
        await RewriteFlagsAsync().ConfigureAwait(false);
        (long offset, _) = await WriteTableAsync([.. l1.Select(entry => entry & ~L2Entry.Copied)]).ConfigureAwait(false);
        var snapshot = new SnapshotEntry
        {
            L1Offset = offset,
            L1Entries = l1.Length,
            Id = NextSnapshotId(),
            Name = name,
            Time = time,
            DiskSizeBytes = SizeBytes,
        };
        await SwitchSnapshotsAsync(_snapshots.Add(snapshot)).ConfigureAwait(false);
    });

    /// <summary>Deletes a snapshot, and gives back what only it referred to.</summary>
    /// <exception cref="HandlerException">There is none, or it cannot be deleted.</exception>
    public Task DeleteSnapshotAsync(string idOrName) => ChangeSnapshotsAsync(async () =>
    {
        SnapshotEntry snapshot = FindSnapshot(Path, _snapshots, idOrName);
        CheckSnapshot(Path, _header, snapshot, _file.LengthBytes);
        ulong[] l1 = await ReadWordsAsync(_file.File, snapshot.L1Offset, snapshot.L1Entries, "L1 table of a snapshot").ConfigureAwait(false);
        await SwitchSnapshotsAsync(_snapshots.Remove(snapshot)).ConfigureAwait(false);
        var freed = new List<ClusterRun>();
        await ChangeTreeAsync(l1, -1, freed).ConfigureAwait(false);
        await ChangeCountsAsync(snapshot.L1Offset >> _geometry.ClusterBits, _geometry.ClustersFor(snapshot.L1Entries * 8L), -1, freed).ConfigureAwait(false);
        await RewriteFlagsAsync().ConfigureAwait(false);
        await PunchAsync(freed).ConfigureAwait(false);
    });

    /// <summary>Makes the disk what it was when a snapshot was made. What was written since and is in no other snapshot is gone.</summary>
    /// <exception cref="HandlerException">There is none, or the disk had another size then.</exception>
    public Task ApplySnapshotAsync(string idOrName) => ChangeSnapshotsAsync(async () =>
    {
        SnapshotEntry snapshot = FindSnapshot(Path, _snapshots, idOrName);
        CheckSnapshot(Path, _header, snapshot, _file.LengthBytes);
        if ((snapshot.DiskSizeBytes ?? SizeBytes) != SizeBytes)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"The disk in '{Path}' had {snapshot.DiskSizeBytes} bytes when the snapshot '{snapshot.Name}' was made and has {SizeBytes} now; it cannot be applied to a disk of another size.");
        }

        ulong[] old = _l1.ToArray();
        ulong[] l1 = await ReadWordsAsync(_file.File, snapshot.L1Offset, snapshot.L1Entries, "L1 table of a snapshot").ConfigureAwait(false);
        Array.Resize(ref l1, Math.Max(l1.Length, (int)_geometry.L1EntriesFor(SizeBytes)));
        await ChangeTreeAsync(l1, 1, null).ConfigureAwait(false);
        (long offset, _) = await WriteTableAsync(l1).ConfigureAwait(false);
        await SwitchL1Async(offset, l1).ConfigureAwait(false);
        var freed = new List<ClusterRun>();
        await ChangeTreeAsync(old, -1, freed).ConfigureAwait(false);
        await RewriteFlagsAsync().ConfigureAwait(false);
        await PunchAsync(freed).ConfigureAwait(false);
    });

    /// <summary>Runs a change with the image for itself. What fails half-way is put in order by building all counts anew.</summary>
    private async Task ChangeSnapshotsAsync(Func<Task> change)
    {
        if (IsReadOnly || _isStopped || _isExternal)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported, $"The snapshots of '{Path}' cannot be changed: it is {(_isExternal ? "an image with an external data file" : "open for reading only, or damaged")}.");
        }

        await _gate.CloseAsync().ConfigureAwait(false);
        bool isChanging = false;
        try
        {
            await QuiesceAsync().ConfigureAwait(false);
            _reclaimer.IsExclusive = true;
            Require(await _l2.RetryAsync().ConfigureAwait(false), "write the mapping");
            Require(await _reclaimer.RequestAsync().ConfigureAwait(false), "give clusters back");
            await SetDirtyAsync(true).ConfigureAwait(false);
            isChanging = true;
            await change().ConfigureAwait(false);
            Require(await FlushFilesAsync().ConfigureAwait(false), "make the change durable");
            await SetDirtyAsync(false).ConfigureAwait(false);
            isChanging = false;
        }
        finally
        {
            if (isChanging)
            {
                await RecoverAsync().ConfigureAwait(false);
            }

            _l2.Reset();
            _reclaimer.IsExclusive = false;
            await RemapAsync().ConfigureAwait(false);
            _gate.Open();
        }
    }

    private async Task RecoverAsync()
    {
        try
        {
            _ = _reserve.Drain();
            await RepairAsync(new ImageChecker(this), CancellationToken.None).ConfigureAwait(false);
            Require(await _allocator.FindEndAsync().ConfigureAwait(false), "read the reference counts");
        }
        catch (HandlerException failure)
        {
            await StopAsync($"a change of its snapshots failed half-way and could not be undone ({failure.Message})").ConfigureAwait(false);
        }
    }

    private async Task RemapAsync()
    {
        if (!_isStopped && await MapMetadataAsync().ConfigureAwait(false) is { } conflict)
        {
            await StopAsync(conflict).ConfigureAwait(false);
        }
    }

    private async Task SetDirtyAsync(bool isDirty)
    {
        if (_header.Version >= 3)
        {
            IncompatibleFeatures features = isDirty ? _header.Incompatible | IncompatibleFeatures.Dirty : _header.Incompatible & ~IncompatibleFeatures.Dirty;
            Require(await WriteIncompatibleAsync(features).ConfigureAwait(false), "write the header");
        }
    }

    private void CheckNewName(string name)
    {
        int bytes = System.Text.Encoding.UTF8.GetByteCount(name);
        string? reason = bytes is 0 or > MaximumNameBytes || name.Any(char.IsControl) ? $"'{name}' is no name for a snapshot; 1 to {MaximumNameBytes} bytes without control characters are"
            : _snapshots.Any(snapshot => snapshot.Name == name) ? $"'{Path}' has a snapshot '{name}' already"
            : _snapshots.Length >= Qcow2Header.MaximumSnapshots ? $"'{Path}' has {_snapshots.Length} snapshots, and more are not possible"
            : _geometry.MaximumRefcount == 1 ? $"'{Path}' has reference counts of one bit, which allow no snapshots"
            : null;
        if (reason is not null)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason + ".");
        }
    }

    private string NextSnapshotId()
    {
        long last = _snapshots.Select(snapshot => long.TryParse(snapshot.Id, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 0).DefaultIfEmpty(0).Max();
        return (last + 1).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Adds or drops one reference to every L2 table of an L1 table and to everything that they lead to; durably.</summary>
    private async Task ChangeTreeAsync(ulong[] l1, int delta, List<ClusterRun>? freed)
    {
        foreach (ulong entry in l1.Where(entry => (entry & L2Entry.OffsetMask) != 0))
        {
            long offset = (long)(entry & L2Entry.OffsetMask);
            if ((entry & L2Entry.L1ReservedMask) != 0 || !IsCluster((ulong)offset))
            {
                throw Damaged(Path, $"an L1 entry is {entry:X16}h, which is no cluster of the file");
            }

            ulong[] words = await ReadWordsAsync(_file.File, offset, _geometry.ClusterBytes / 8, "L2 table").ConfigureAwait(false);
            var referenced = new List<ClusterRun>();
            for (int index = 0; index < words.Length; index += _geometry.WordsPerEntry)
            {
                AddReferenced(referenced, words[index]);
            }

            foreach (ClusterRun run in referenced)
            {
                await ChangeCountsAsync(run.First, run.Count, delta, freed).ConfigureAwait(false);
            }

            await ChangeCountsAsync(offset >> _geometry.ClusterBits, 1, delta, freed).ConfigureAwait(false);
        }

        await _allocator.Mutex.WaitAsync().ConfigureAwait(false);
        try
        {
            Require(await _allocator.WriteBackAsync(WriteOptions.ForceUnitAccess).ConfigureAwait(false), "write reference counts");
        }
        finally
        {
            _allocator.Mutex.Release();
        }
    }

    private async Task ChangeCountsAsync(long first, long count, int delta, List<ClusterRun>? freed)
    {
        await _allocator.Mutex.WaitAsync().ConfigureAwait(false);
        try
        {
            IoStatus status = await _allocator.ChangeAsync(first, count, delta, freed).ConfigureAwait(false);
            if (status.Outcome == IoOutcome.OutOfResources)
            {
                throw new HandlerException(
                    HandlerErrorKind.NotSupported, $"'{Path}' has reference counts up to {_geometry.MaximumRefcount}; a cluster is shared that often already.");
            }

            Require(status, "change reference counts");
        }
        finally
        {
            _allocator.Mutex.Release();
        }
    }

    /// <summary>Sets every COPIED flag of the active tables to what the counts say, durably.</summary>
    private async Task RewriteFlagsAsync()
    {
        for (int index = 0; index < _l1.Count; index++)
        {
            ulong entry = _l1[index];
            long offset = (long)(entry & L2Entry.OffsetMask);
            if (offset == 0)
            {
                continue;
            }

            ulong[] words = await ReadWordsAsync(_file.File, offset, _geometry.ClusterBytes / 8, "L2 table").ConfigureAwait(false);
            ulong[] corrected = [.. words];
            for (int word = 0; word < words.Length; word += _geometry.WordsPerEntry)
            {
                if ((words[word] & L2Entry.Compressed) == 0 && (words[word] & L2Entry.OffsetMask) != 0)
                {
                    corrected[word] = await WithFlagAsync(words[word]).ConfigureAwait(false);
                }
            }

            if (!corrected.AsSpan().SequenceEqual(words))
            {
                using var content = new IoBuffer(_geometry.ClusterBytes);
                L1Table.Encode(corrected, content.Span);
                Require(await _file.WriteAsync(offset, content.List).ConfigureAwait(false), "write an L2 table");
            }

            ulong wanted = await WithFlagAsync(entry).ConfigureAwait(false);
            if (wanted != entry)
            {
                Require(await _l1.SetAsync(index, wanted).ConfigureAwait(false), "write the L1 table");
            }
        }

        Require(await _file.FlushAsync().ConfigureAwait(false), "make the mapping durable");
    }

    private async ValueTask<ulong> WithFlagAsync(ulong entry)
    {
        await _allocator.Mutex.WaitAsync().ConfigureAwait(false);
        try
        {
            (IoStatus status, ulong count) = await _allocator.GetAsync((long)(entry & L2Entry.OffsetMask) >> _geometry.ClusterBits).ConfigureAwait(false);
            Require(status, "read reference counts");
            return count == 1 ? entry | L2Entry.Copied : entry & ~L2Entry.Copied;
        }
        finally
        {
            _allocator.Mutex.Release();
        }
    }

    /// <summary>Writes a new snapshot table, leads the header to it in one write, and frees the old one.</summary>
    private async Task SwitchSnapshotsAsync(ImmutableArray<SnapshotEntry> snapshots)
    {
        byte[] table = SnapshotEntry.Encode(snapshots);
        long offset = 0;
        if (!snapshots.IsEmpty)
        {
            (offset, _) = await WriteTableAsync(table).ConfigureAwait(false);
        }

        using (var fields = new IoBuffer(12))
        {
            BinaryPrimitives.WriteInt32BigEndian(fields.Span, snapshots.Length);
            BinaryPrimitives.WriteInt64BigEndian(fields.Span[4..], offset);
            Require(await WriteHeaderAsync(Qcow2Header.SnapshotsField, fields).ConfigureAwait(false), "write the header");
        }

        long oldFirst = _header.SnapshotsOffset >> _geometry.ClusterBits;
        long oldClusters = _snapshots.IsEmpty ? 0 : _geometry.ClustersFor(_snapshotTableBytes);
        _header = _header with { SnapshotCount = snapshots.Length, SnapshotsOffset = offset };
        (_snapshots, _snapshotTableBytes) = (snapshots, table.Length);
        if (oldClusters > 0)
        {
            await ChangeCountsAsync(oldFirst, oldClusters, -1, null).ConfigureAwait(false);
        }
    }

    private async Task PunchAsync(List<ClusterRun> freed)
    {
        // Durable first: until then a crash brings the old references back.
        Require(await _file.FlushAsync().ConfigureAwait(false), "make the change durable");
        foreach (ClusterRun run in freed)
        {
            _ = await _file.ClearHoleAsync(run.First << _geometry.ClusterBits, run.Count << _geometry.ClusterBits).ConfigureAwait(false);
        }
    }
}
