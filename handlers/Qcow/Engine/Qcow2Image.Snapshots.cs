// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Internal snapshots: finding and checking them.</summary>
internal sealed partial class Qcow2Image
{
    private ImmutableArray<SnapshotEntry> _snapshots;
    private int _snapshotTableBytes;

    /// <summary>The snapshots in the image.</summary>
    public ImmutableArray<SnapshotEntry> Snapshots => _snapshots;

    private static async Task<(ImmutableArray<SnapshotEntry> Snapshots, int TableBytes)> ReadSnapshotsAsync(AsyncFile file, Qcow2Header header)
    {
        if (header.SnapshotCount == 0)
        {
            return ([], 0);
        }

        // How long the table is, only its rows tell.
        long rest = file.GetLength() - header.SnapshotsOffset;
        int length = (int)Math.Clamp(rest, 0, Math.Min(Qcow2Header.MaximumSnapshotTableBytes, header.SnapshotCount * 4096L));
        using IoBuffer table = await ImageOpener.ReadAsync(file, header.SnapshotsOffset, length, "snapshot table").ConfigureAwait(false);
        return SnapshotEntry.TryParse(table.Span, header.SnapshotCount, out ImmutableArray<SnapshotEntry> snapshots, out int tableBytes, out string? reason)
            ? (snapshots, tableBytes)
            : throw Damaged(file.Path, reason);
    }

    /// <summary>Finds a snapshot by its id, else by its name.</summary>
    private static SnapshotEntry FindSnapshot(string path, ImmutableArray<SnapshotEntry> snapshots, string wanted) =>
        snapshots.FirstOrDefault(snapshot => snapshot.Id == wanted)
        ?? snapshots.FirstOrDefault(snapshot => snapshot.Name == wanted)
        ?? throw new HandlerException(
            HandlerErrorKind.NotFound,
            snapshots.IsEmpty
                ? $"'{path}' has no snapshots, so none named '{wanted}'."
                : $"'{path}' has no snapshot '{wanted}'; it has {string.Join(", ", snapshots.Select(snapshot => $"'{snapshot.Name}' (id {snapshot.Id})"))}.");

    private static void CheckSnapshot(string path, Qcow2Header header, SnapshotEntry snapshot, long lengthBytes)
    {
        long bytes = snapshot.L1Entries * 8L;
        ClusterGeometry geometry = header.Geometry;
        string? reason = bytes > Qcow2Header.MaximumL1Bytes ? $"has {snapshot.L1Entries} L1 entries, which is too many"
            : snapshot.L1Entries < geometry.L1EntriesFor(snapshot.DiskSizeBytes ?? 0) ? $"has {snapshot.L1Entries} L1 entries, too few for its disk"
            : bytes > 0 && (snapshot.L1Offset < geometry.ClusterBytes || snapshot.L1Offset % geometry.ClusterBytes != 0
                || snapshot.L1Offset > geometry.AlignUp(lengthBytes) - bytes) ? $"has its L1 table at {snapshot.L1Offset}, which is no cluster of the file"
            : null;
        if (reason is not null)
        {
            throw Damaged(path, $"its snapshot '{snapshot.Name}' {reason}");
        }
    }
}
